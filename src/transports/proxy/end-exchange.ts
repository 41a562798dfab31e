import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome } from '../../decision/record.ts';
import { fault, type Refusal } from '../../decision/verdict.ts';
import type { Exchange } from './exchange.ts';
import { finalEvent } from './final-event.ts';
import { endStream, writeReply } from './write-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

/** How an exchange ended that the upstream did not end well. */
export interface EndedBadly {
  readonly refusal: Refusal;
  readonly outcome: Outcome['kind'];
  /** The upstream's HTTP status, which the client gets when the reply has not begun and it is an error. */
  readonly upstreamStatus?: number;
}

/** Answers the client in whatever form its reply is in, a whole reply or a last event, and reports the outcome. */
export function endBadly<F extends Facts>(
  exchange: Exchange<F>,
  { refusal, outcome, upstreamStatus }: EndedBadly,
): void {
  const { response, received, facts, server, stop } = exchange;
  const refused = { received, refusal, call: facts.call, server };
  if (response.headersSent) endStream(response, finalEvent(refused));
  else {
    const reply = writeRefusal(refused);
    const keepStatus = upstreamStatus !== undefined && upstreamStatus >= 400 && reply.status >= 500;
    writeReply(response, keepStatus ? { ...reply, status: upstreamStatus } : reply);
  }
  exchange.outcome.report(outcome, {
    ...(upstreamStatus === undefined ? {} : { httpStatus: upstreamStatus }),
    operatorDetail:
      refusal.operatorDetail === undefined ? refusal.reason : `${refusal.reason}: ${refusal.operatorDetail}`,
  });
  stop.abort();
}

/** The upstream failed in the way that `reason` names; `cause` is for the record. */
export function upstreamFailed(reason: ReasonCode, cause?: unknown): EndedBadly {
  return { refusal: fault('record', reason, cause), outcome: 'upstream-failed' };
}

/** The reply was there, and it may not be passed on. */
export function replaced(reason: ReasonCode, upstreamStatus: number): EndedBadly {
  return { refusal: fault('record', reason), outcome: 'replaced', upstreamStatus };
}
