import { REVISIONS, type Revision } from '../call.ts';
import type { HeaderFacts } from '../read-headers.ts';
import type { Message } from '../read-message.ts';
import { refused, type Refused } from '../refused.ts';
import type { ReadRevision } from '../revision-family.ts';

/** What a server assumes when nothing was said (2025-11-25 transports, "Protocol Version Header"). */
const ASSUMED: Revision = '2025-03-26';
/** The newest revision with a handshake: a client that asks for another is negotiated down to it. */
const NEWEST: Revision = '2025-11-25';

/**
 * The revision that a legacy message is sent under: the header's, or for `initialize` the one that it asks for.
 *
 * A revision that is not known passes in `initialize`: the server answers with the one that both will use.
 */
export function readMessage(message: Message, { single }: HeaderFacts): ReadRevision | Refused {
  if (message.method === 'initialize') return readInitialize(message);
  const sent = single.get('mcp-protocol-version');
  return { kind: 'revision', revision: known(sent) ?? ASSUMED };
}

function readInitialize({ params }: Message): ReadRevision | Refused {
  const asked = params.get('protocolVersion');
  if (typeof asked !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(asked)) {
    return refused('rpc.params', 'params.protocolVersion');
  }
  const revision = known(asked);
  return { kind: 'revision', revision: revision === undefined || revision > NEWEST ? NEWEST : revision };
}

function known(version: string | undefined): Revision | undefined {
  return REVISIONS.find((revision) => revision === version);
}
