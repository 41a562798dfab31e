import type { JsonObject } from '../../kit/json.ts';
import type { Reply } from '../refusal/reply.ts';
import type { HeaderMutations } from './header-mutations.ts';
import { writeDenied, writeOk } from './write-check-response.ts';

/**
 * The CheckResponse that lets a request pass, for an allowed call only.
 *
 * `reply: pass`: nothing on the way back has to be judged, so no filter behind this one needs to run.
 *
 * @throws RangeError when a header could not be sent as it is.
 */
export function allowAnswer(decisionId: string, { set, remove }: HeaderMutations): Uint8Array {
  return writeOk({ headers: set, headersToRemove: remove, metadata: metadata(decisionId, 'allowed') });
}

/** The CheckResponse that answers in place of the tool server. */
export function replyAnswer(decisionId: string, { status, headers, body }: Reply): Uint8Array {
  return writeDenied({ httpStatus: status, headers, body, metadata: metadata(decisionId, 'refused') });
}

/** What is sent when not even a refusal could be written. */
export function lastResortAnswer(): Uint8Array {
  const error = { code: -31500, message: 'It could not be told whether this call is allowed.' };
  return writeDenied({
    httpStatus: 503,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ jsonrpc: '2.0', error }),
    metadata: new Map([
      ['reply', 'pass'],
      ['verdict', 'refused'],
    ]),
  });
}

/** Lands in Envoy's namespace `envoy.filters.http.ext_authz`: for its access log, its matchers and its local replies. */
function metadata(decisionId: string, verdict: 'allowed' | 'refused'): JsonObject {
  return new Map([
    ['decision_id', decisionId],
    ['reply', 'pass'],
    ['verdict', verdict],
  ]);
}
