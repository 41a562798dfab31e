import type { JsonObject } from '../../kit/json.ts';
import type { Reply } from '../refusal/reply.ts';
import { writeImmediate } from './write-processing-response.ts';

/** What is said to one message of Envoy. */
export type Answer =
  /** These bytes, and the exchange goes on. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** These bytes answer the client in place of the tool server, and then nothing more is said. */
  | { readonly kind: 'instead'; readonly bytes: Uint8Array }
  /** Nothing: what there was to send was sent, or Envoy was answered before. */
  | { readonly kind: 'nothing' };

/** Consent, or a change. */
export function reply(bytes: Uint8Array): Answer {
  return { kind: 'reply', bytes };
}

/** By which Envoy's access log and its local replies know that this answer is ours. */
const DETAILS = 'sallyport';

/**
 * A reply in place of the tool server's, as every other door writes it.
 *
 * @param verdict `allowed` when it is what the tool server said, after all.
 * @throws RangeError when a header could not be sent as it is.
 */
export function instead(
  decisionId: string,
  { status, headers, body }: Reply,
  verdict: 'allowed' | 'refused' = 'refused',
): Answer {
  const metadata = verdictMetadata(decisionId, verdict);
  return { kind: 'instead', bytes: writeImmediate({ httpStatus: status, headers, body, details: DETAILS, metadata }) };
}

/** What is sent when not even a refusal could be written. */
export function lastResort(): Answer {
  const error = { code: -31500, message: 'It could not be told whether this call is allowed.' };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', error }));
  const bytes = writeImmediate({
    httpStatus: 503,
    headers: [['content-type', 'application/json']],
    body,
    details: DETAILS,
  });
  return { kind: 'instead', bytes };
}

/** For Envoy's access log, by which the outcome is joined, and its filters. */
export function verdictMetadata(decisionId: string, verdict: 'allowed' | 'refused'): JsonObject {
  return new Map([
    ['decision_id', decisionId],
    ['verdict', verdict],
  ]);
}
