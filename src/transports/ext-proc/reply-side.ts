import { type HeaderList, headerValues } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { fault } from '../../decision/verdict.ts';
import { isEnvoyOwned } from '../envoy/envoy-owned.ts';
import { type BadEnding, badReply, replaced, reportBadEnding, withStandIn } from '../reply/bad-ending.ts';
import { type JudgedBody, judgeEmptyReply, judgeJsonReply, reportAnswered } from '../reply/judge-body.ts';
import { judgeReplyHead, type ReplyForm } from '../reply/judge-head.ts';
import type { ReplyExchange } from '../reply/reply-exchange.ts';
import { replyHeadersIn } from '../reply/reply-headers.ts';
import { type Answer, instead, reply } from './answer.ts';
import { HOLD_REPLY, PASS_REPLY, STREAM_REPLY } from './body-modes.ts';
import type { RequestHeaders } from './request-step.ts';
import { type HeaderChange, writeBodyReply, writeHeadersReply } from './write-processing-response.ts';

/** What the head of a reply leads to. */
export interface HeadStep {
  readonly answer: Answer;
  /** What the body, which is still to come, is to be judged by; `undefined` when none is. */
  readonly head: JudgedReplyHead | undefined;
}

/** The head of a reply whose body may pass. */
export interface JudgedReplyHead {
  /** The tool server's status. */
  readonly status: number;
  readonly form: ReplyForm;
  /** The header fields that the client gets. */
  readonly returned: HeaderList;
}

/** The reply has no status that ends an exchange. */
const UNREADABLE: BadEnding = { refusal: fault('record', 'reply.unreadable'), outcome: 'replaced' };

/**
 * Judges the head of a reply: what of its header fields the client gets, and how its body is to come.
 *
 * @throws RangeError when a header field that the client should get could not be sent as it is.
 */
export function answerHead<F extends Facts>(exchange: ReplyExchange<F>, head: RequestHeaders): HeadStep {
  const { headers, endOfStream } = head;
  const status = statusOf(headers);
  if (status === undefined) return endBadly(exchange, UNREADABLE);
  const judged = judgeReplyHead(exchange, status, replyHeadersIn(headers));
  if (judged.kind === 'ends-badly') return endBadly(exchange, judged.ending);
  const { form } = judged;
  const returned = judged.headers.filter(([, value]) => value !== '');
  const change = headerChange(headers, returned);
  if (endOfStream) return answerNoBody(exchange, status, form, change);
  if (isTooLong(exchange, headers, form)) return endBadly(exchange, replaced('reply.too-large', status));
  const modes = form === 'events' ? STREAM_REPLY : HOLD_REPLY;
  return { answer: reply(writeHeadersReply('response', { ...change, modes })), head: { status, form, returned } };
}

/** Judges the body of a reply that is held whole. */
export function answerBody<F extends Facts>(
  exchange: ReplyExchange<F>,
  { status, form }: JudgedReplyHead,
  bytes: Uint8Array,
): Answer {
  const judged = judgeWhole(exchange, status, form, bytes);
  if (judged.kind === 'ends-badly') return endBadly(exchange, judged.ending).answer;
  const change = { set: [], remove: [] };
  const answer = writeBodyReply('response', judged.replaced ? { ...change, body: judged.bytes } : change);
  reportAnswered(exchange, status);
  return reply(answer);
}

/** Answers the client in place of the tool server, while it has got nothing yet, and reports the outcome. */
export function endBadly<F extends Facts>(
  exchange: ReplyExchange<F>,
  ending: BadEnding,
): { readonly answer: Answer; readonly head: undefined } {
  const told = withStandIn(exchange, ending);
  const answer = instead(exchange.received.decisionId, badReply(exchange, told));
  reportBadEnding(exchange, told);
  return { answer, head: undefined };
}

function answerNoBody<F extends Facts>(
  exchange: ReplyExchange<F>,
  status: number,
  form: ReplyForm,
  change: HeaderChange,
): HeadStep {
  const judged = judgeWhole(exchange, status, form, new Uint8Array(0));
  if (judged.kind === 'ends-badly') return endBadly(exchange, judged.ending);
  const answer = reply(writeHeadersReply('response', { ...change, modes: PASS_REPLY }));
  reportAnswered(exchange, status);
  return { answer, head: undefined };
}

/** A stream of events that has no byte is as good as an empty body: it says nothing. */
function judgeWhole<F extends Facts>(
  exchange: ReplyExchange<F>,
  status: number,
  form: ReplyForm,
  bytes: Uint8Array,
): JudgedBody {
  return form === 'json' ? judgeJsonReply(exchange, status, bytes) : judgeEmptyReply(exchange, status, bytes);
}

/** A body that says how long it is need not be waited for to be refused. */
function isTooLong<F extends Facts>({ server }: ReplyExchange<F>, headers: HeaderList, form: ReplyForm): boolean {
  const [length = '0'] = headerValues(headers, 'content-length');
  return form === 'json' && Number(length) > server.maxReplyBytes;
}

/** An HTTP status in its own digits. */
function statusOf(headers: HeaderList): number | undefined {
  const [status = '', ...others] = headerValues(headers, ':status');
  return others.length === 0 && /^[2-5]\d\d$/.test(status) ? Number(status) : undefined;
}

/** After this the client gets the fields `returned`, and nothing else of what came but what frames the message. */
function headerChange(came: HeaderList, returned: HeaderList): HeaderChange {
  const kept = new Set(returned.map(([name]) => name));
  const remove = new Set<string>();
  for (const [name] of came) if (!kept.has(name) && !isEnvoyOwned(name)) remove.add(name);
  return { set: returned, remove: [...remove] };
}
