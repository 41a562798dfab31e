import { isJsonObject } from '../../kit/json.ts';
import { CLIENT_CAPABILITIES, PROTOCOL_VERSION } from '../meta-keys.ts';
import type { Message } from '../read-message.ts';
import { refused, type Refused } from '../refused.ts';
import type { ReadRevision } from '../revision-family.ts';

/**
 * Whether the message describes itself as 2026-07-28 asks (basic protocol, "Requests"): a request carries the version and
 * the client's capabilities in `_meta`. Clients post no responses in this revision.
 */
export function readMessage(message: Message): ReadRevision | Refused {
  if (message.kind === 'response') return refused('rpc.envelope', 'a response has no place in 2026-07-28');
  if (message.kind === 'request' && !isSelfDescribing(message)) return refused('mcp.meta-missing');
  return { kind: 'revision', revision: '2026-07-28' };
}

function isSelfDescribing({ params }: Message): boolean {
  const meta = params.get('_meta');
  if (!isJsonObject(meta)) return false;
  return typeof meta.get(PROTOCOL_VERSION) === 'string' && isJsonObject(meta.get(CLIENT_CAPABILITIES));
}
