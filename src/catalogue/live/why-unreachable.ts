import { codeOf } from '../../kit/cause.ts';

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there (ECONNREFUSED). Is the server running?'],
  ['ECONNRESET', 'the server closed the connection (ECONNRESET). Does it speak HTTP at this port?'],
  ['ENOTFOUND', 'there is no such host (ENOTFOUND). Is the name right?'],
  ['EAI_AGAIN', 'the name cannot be looked up now (EAI_AGAIN). Is there a network?'],
  ['EHOSTUNREACH', 'there is no way to this host (EHOSTUNREACH).'],
  ['ENETUNREACH', 'there is no way to this network (ENETUNREACH).'],
  ['ETIMEDOUT', 'the host does not answer (ETIMEDOUT).'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the host does not answer (timeout).'],
  ['UND_ERR_SOCKET', 'the server closed the connection. Does it speak HTTP at this port?'],
]);
/** Deepest chain of causes that is looked at. */
const MAX_DEPTH = 5;

/** Why no connection came about, in words for an operator; `undefined` when `cause` is about something else. */
export function whyUnreachable(cause: unknown): string | undefined {
  let at: unknown = cause;
  for (let depth = 0; depth < MAX_DEPTH && at instanceof Error; depth++) {
    const code = codeOf(at);
    if (code !== undefined && WORDS.has(code)) return WORDS.get(code);
    if (code?.includes('CERT') === true) return `its certificate is not trusted (${code}).`;
    // A host with several addresses fails with one error for each.
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}
