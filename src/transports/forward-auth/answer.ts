import type { HeaderList } from '../../call/received.ts';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import { headerMutations } from '../envoy/header-mutations.ts';
import type { Reply } from '../refusal/reply.ts';

/** How a refusal says its status: as the agent should get it, or as `auth_request` of nginx understands it. */
export type RefusalStatus = 'as_is' | 'auth_request';

const VERDICT = 'sallyport-verdict';
/** Names of the header fields that the forwarded request gets with the values they have in this answer. */
const SET = 'sallyport-set';
/** Names of the header fields that the forwarded request must lose. */
const REMOVE = 'sallyport-remove';
/** HTTP status that the agent should get. */
const STATUS = 'sallyport-status';
/** What the agent should get as body, in ASCII, for proxies that drop the body of an answer. */
const REPLY = 'sallyport-reply';

/** Fields of the answer's own message: a credential under one of these names would change what the answer says. */
const OWN: ReadonlySet<string> = new Set([VERDICT, SET, REMOVE, STATUS, REPLY, 'content-type', 'date', 'set-cookie']);

/** Longest text in one header field, UTF-16 code units: what a proxy can be expected to take. */
const MAX_REPLY_FIELD = 8 * 1024;

const EMPTY = new Uint8Array(0);

/**
 * The answer that lets a request pass, for an allowed call only: the fields to set with their values, and the names of those
 * to remove.
 *
 * @throws RangeError when a header could not be said here as it is.
 */
export function allowReply(
  facts: Facts,
  server: { readonly forwardHeaders: ReadonlySet<string> },
  trace?: OutgoingTrace,
): Reply {
  const { set, remove } = headerMutations(facts, server, trace);
  for (const [name] of set) if (OWN.has(name)) throw new RangeError(`${name} is a field of the answer`);
  const names = set.map(([name]) => name).join(', ');
  const removed: HeaderList = remove.length === 0 ? [] : [[REMOVE, remove.join(', ')]];
  const headers: HeaderList = [[VERDICT, 'allowed'], [SET, names], ...removed, ...set];
  return { status: 200, headers: [...headers, ['cache-control', 'no-store']], body: EMPTY };
}

/**
 * The answer that keeps a request from passing; `reply` is what the agent should get instead. Its HTTP status is never one
 * that a proxy takes for permission, whatever that of `reply` is: a tool result that says no has 200.
 */
export function refusalReply(reply: Reply, statuses: RefusalStatus): Reply {
  const { status, headers, body } = reply;
  const text = statuses === 'auth_request' ? asciiJson(body) : '';
  const shown: HeaderList = text === '' || text.length > MAX_REPLY_FIELD ? [] : [[REPLY, text]];
  return {
    ...reply,
    status: refusingStatus(status, statuses),
    headers: [[VERDICT, 'refused'], [STATUS, String(status)], ...shown, ...headers],
    body,
  };
}

function refusingStatus(status: number, statuses: RefusalStatus): number {
  if (statuses === 'auth_request') return status === 401 ? 401 : 403;
  return status >= 400 && status <= 599 ? status : 403;
}

/** JSON in the characters that any header field may have. */
function asciiJson(body: Uint8Array): string {
  return Buffer.from(body)
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
