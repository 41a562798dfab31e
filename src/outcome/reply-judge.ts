import type { RequestId } from '../call/call.ts';
import type { ReasonCode } from '../call/reason.ts';
import { type Replacement, replaceSpans } from '../call/replace-spans.ts';
import { filterList } from './filter-list.ts';
import { readCosts } from './read-costs.ts';
import { classReply, type Reply, valueAt } from './read-reply.ts';
import type { ReplyContext, ReplyFacts, ReplyJudgeDeps } from './reply-context.ts';
import { sealNames, UnsealableName } from './seal-names.ts';

export type { ReplyFacts, ReplyJudgeDeps } from './reply-context.ts';

/** What becomes of one message from the tool server. */
export type Judged =
  /** It passes as it is. */
  | { readonly kind: 'pass' }
  /** These bytes go out instead. */
  | { readonly kind: 'replace'; readonly bytes: Uint8Array }
  /** It is not for this caller: nothing of it goes out, and the stream goes on. Never a response. */
  | { readonly kind: 'drop' }
  /** It cannot be judged. The door answers the call with an error under the original id. */
  | { readonly kind: 'reject'; readonly reason: ReasonCode };

/** What the messages so far said about the call, for its outcome. */
export interface ReplySeen {
  /** Whether the tool said `isError`; `undefined` until there was a final answer. */
  readonly toolError?: boolean;
  /** The code of a JSON-RPC error. */
  readonly rpcErrorCode?: number;
  /** What it says that the call cost, by the rules that ask for it. */
  readonly costs?: ReadonlyMap<string, number>;
}

/** Judges the messages of one reply in order: a JSON body, or the data of each event of a stream. */
export interface ReplyJudge {
  /** Never throws. */
  judge(message: Uint8Array): Judged;
  readonly seen: ReplySeen;
}

const PASS: Judged = { kind: 'pass' };
const DROP: Judged = { kind: 'drop' };

/**
 * A judge for the reply to one allowed call (DESIGN §3, reply side): lists are filtered and compared with the pins, task ids
 * and request states sealed, everything else passes byte for byte.
 *
 * A message is judged by what it says. One that parsers could read differently, that answers another request, or that
 * cannot be judged for whatever reason is rejected, and so is a response about a task of another caller; any other message
 * about one is dropped.
 */
export function createReplyJudge<F extends ReplyFacts>(facts: F, deps: ReplyJudgeDeps<F>): ReplyJudge {
  let seen: ReplySeen = {};
  return {
    get seen() {
      return seen;
    },
    judge(message) {
      try {
        const context = contextOf(facts, deps);
        if (context === undefined) return reject('reply.unreadable');
        if (message.length > context.server.config.maxReplyBytes) return reject('reply.too-large');
        // The first event of a resumable stream has an id and no data (2025-11-25, transports).
        if (message.length === 0) return PASS;
        const reply = classReply(message);
        if (typeof reply === 'string') return reject(reply);
        if (!answers(message, reply, facts)) return reject('reply.unreadable');
        seen = { ...seen, ...whatItSays(message, reply), ...whatItCosts(message, reply, facts) };
        return judged(message, reply, context);
      } catch (cause) {
        deps.onFault(facts.call.decisionId, cause);
        return reject(cause instanceof UnsealableName ? 'reply.unreadable' : 'fault.internal');
      }
    },
  };
}

function reject(reason: ReasonCode): Judged {
  return { kind: 'reject', reason };
}

function contextOf<F extends ReplyFacts>(facts: F, deps: ReplyJudgeDeps<F>): ReplyContext | undefined {
  const rules = deps.rules(facts.call.server);
  const { observer, definitions, sealer, tasks } = deps;
  return rules && { ...rules, facts, caller: deps.callerOf(facts), observer, definitions, sealer, tasks };
}

function judged(message: Uint8Array, reply: Reply, context: ReplyContext): Judged {
  const sealed = sealNames(message, reply, context);
  if (sealed === 'not-owner') return reply.kind === 'result' ? reject('reply.unreadable') : DROP;
  const edits: Replacement[] = [...sealed];
  if (reply.kind === 'result') {
    const filtered = filterList(message, reply.result, context);
    if (typeof filtered === 'string') return reject(filtered);
    edits.push(...(filtered ?? []));
  }
  return edits.length === 0 ? PASS : { kind: 'replace', bytes: replaceSpans(message, edits) };
}

/**
 * Whether a response is one to this call. On the stream of a request only its own answer may come (2025-11-25 and
 * 2026-07-28, Streamable HTTP); a GET stream carries answers to earlier requests. An error may lack the id.
 */
function answers(bytes: Uint8Array, reply: Reply, { call }: ReplyFacts): boolean {
  if (reply.kind === 'request' || reply.kind === 'notification') return true;
  const id = reply.id === undefined ? undefined : valueAt(bytes, reply.id);
  if (reply.kind === 'error' && (id === undefined || id === null)) return true;
  if (!isRequestId(id)) return false;
  return call.kind !== 'request' || id === call.id;
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

/** Only the answer to the call itself says what it cost. */
function whatItCosts(bytes: Uint8Array, reply: Reply, { ruling }: ReplyFacts): ReplySeen {
  const prices = ruling?.metering?.prices ?? [];
  return reply.kind !== 'result' || prices.length === 0 ? {} : { costs: readCosts(bytes, prices) };
}

function whatItSays(bytes: Uint8Array, reply: Reply): ReplySeen {
  if (reply.kind === 'result') {
    const flag = reply.result.members?.get('isError');
    return { toolError: flag !== undefined && valueAt(bytes, flag) === true };
  }
  if (reply.kind !== 'error') return {};
  const code = reply.error.members?.get('code');
  const number = code === undefined ? undefined : valueAt(bytes, code);
  return {
    toolError: true,
    ...(typeof number === 'number' && Number.isInteger(number) ? { rpcErrorCode: number } : {}),
  };
}
