import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome } from '../../decision/record.ts';
import type { StandIn } from '../../decision/stand-in.ts';
import { fault, type Refusal } from '../../decision/verdict.ts';
import type { Reply } from '../refusal/reply.ts';
import { standInReply } from '../refusal/stand-in-reply.ts';
import { type Refused, writeRefusal } from '../refusal/write-refusal.ts';
import { finalEvent } from './final-event.ts';
import type { ReplyExchange } from './reply-exchange.ts';

/** How an exchange ends that the upstream did not end well. */
export interface BadEnding {
  readonly refusal: Refusal;
  readonly outcome: Outcome['kind'];
  /** The upstream's HTTP status, which the client gets when the reply has not begun and it is an error. */
  readonly upstreamStatus?: number;
  /** What the client gets instead, when none of the reply has begun. */
  readonly standIn?: StandIn;
}

/** The upstream failed in the way that `reason` names; `cause` is for the record. */
export function upstreamFailed(reason: ReasonCode, cause?: unknown): BadEnding {
  return { refusal: fault('record', reason, cause), outcome: 'upstream-failed' };
}

/** The reply was there, and it may not be passed on. */
export function replaced(reason: ReasonCode, upstreamStatus: number): BadEnding {
  return { refusal: fault('record', reason), outcome: 'replaced', upstreamStatus };
}

/** The reply is ended from here, for the reason that `watchStream` gave. */
export function cancelled(refusal: Refusal): BadEnding {
  return { refusal, outcome: 'cancelled' };
}

type EndingExchange<F extends Facts> = Pick<ReplyExchange<F>, 'received' | 'facts' | 'server'>;

/** The whole reply that the client gets when none of the upstream's has begun. */
export function badReply<F extends Facts>(exchange: EndingExchange<F>, ending: BadEnding): Reply {
  const { upstreamStatus, standIn } = ending;
  if (standIn !== undefined) return standInReply(exchange.facts.call, standIn);
  const reply = writeRefusal(refused(exchange, ending));
  const keepStatus = upstreamStatus !== undefined && upstreamStatus >= 400 && reply.status >= 500;
  return keepStatus ? { ...reply, status: upstreamStatus } : reply;
}

/** The same ending, with what stands in for the answer; only while nothing of a reply has gone out. */
export function withStandIn<F extends Facts>(
  { fallbacks, facts }: Pick<ReplyExchange<F>, 'fallbacks' | 'facts'>,
  ending: BadEnding,
): BadEnding {
  const { refusal, outcome, upstreamStatus = 500 } = ending;
  if (outcome === 'cancelled' || upstreamStatus < 500) return ending;
  const standIn = fallbacks.failed(refusal.reason, facts);
  return standIn === undefined ? ending : { ...ending, standIn };
}

/** The last event of a stream that has begun. */
export function badLastEvent<F extends Facts>(exchange: EndingExchange<F>, ending: BadEnding): Uint8Array {
  return finalEvent(refused(exchange, ending));
}

function refused<F extends Facts>({ received, facts, server }: EndingExchange<F>, { refusal }: BadEnding): Refused {
  return { received, refusal, call: facts.call, server };
}

/** Tells the record how it ended. */
export function reportBadEnding<F extends Facts>(
  { outcome }: Pick<ReplyExchange<F>, 'outcome'>,
  { refusal: { reason, operatorDetail }, outcome: kind, upstreamStatus, standIn }: BadEnding,
): void {
  outcome.report(kind, {
    ...(upstreamStatus === undefined ? {} : { httpStatus: upstreamStatus }),
    ...(standIn === undefined ? {} : { standIn }),
    reason,
    operatorDetail: operatorDetail === undefined ? reason : `${reason}: ${operatorDetail}`,
  });
}
