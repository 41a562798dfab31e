import { type Call, type Era, REVISIONS } from './call.ts';
import { claimedEra } from './detect-era.ts';
import { makeCall, withoutMessage } from './make-call.ts';
import type { HeaderFacts } from './read-headers.ts';
import type { Received } from './received.ts';
import { refused, type Refused } from './refused.ts';
import { HTTP_OPERATIONS, type HttpOperation } from './treatment.ts';

/** The HTTP methods that carry no message, and what they ask for in the legacy era. */
const OPERATIONS: ReadonlyMap<string, HttpOperation> = new Map([
  ['GET', 'http/get-stream'],
  ['DELETE', 'http/delete-session'],
]);

/**
 * Reads an exchange without a message: GET opens a stream, DELETE ends a session, both in the legacy era only.
 *
 * A body, or a header that repeats one, has nothing to agree with and is refused.
 */
export function readExchange(
  received: Received,
  headers: HeaderFacts,
  eras: Era | 'both',
): { readonly kind: 'call'; readonly call: Call } | Refused {
  const operation = OPERATIONS.get(received.httpMethod);
  if (operation === undefined || eras === 'modern' || claimedEra(headers) === 'modern') return refused('http.method');
  const version = headers.single.get('mcp-protocol-version') ?? '2025-03-26';
  const revision = REVISIONS.find((known) => known === version);
  if (revision === undefined) return refused('mcp.version');
  if (headers.single.has('mcp-method') || headers.single.has('mcp-name') || headers.params.size > 0) {
    return refused('mcp.header-mismatch');
  }
  if (received.body !== undefined && received.body.length > 0) return refused('body.unexpected');
  const kind = operation === 'http/get-stream' ? 'open-stream' : 'end-session';
  const facts = withoutMessage({ era: 'legacy', revision, kind, operation, treatment: HTTP_OPERATIONS[operation] });
  return { kind: 'call', call: makeCall(received, facts, () => undefined) };
}
