import { REASONS, type ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Refusal, WouldAllow } from '../../decision/verdict.ts';

/** A Decision (AuthZEN §5.5). */
export interface Decision {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>>;
}

/** What would be decided, and why, as far as whoever calls would be told. */
export function decisionOf<F extends Facts>(answer: WouldAllow<F> | Refusal): Decision {
  if (answer.kind !== 'would-allow') return refusedDecision(answer);
  const { rules, limits } = answer.facts.ruling;
  return { decision: true, context: { reason: 'would-allow', rules, limits } };
}

function refusedDecision({ kind, reason, detail }: Refusal): Decision {
  const { message, rule, argument, allowed } = detail;
  const context = {
    reason,
    says: REASONS[reason].says,
    ...(message === undefined ? {} : { message }),
    ...(rule === undefined ? {} : { rule }),
    ...(argument === undefined ? {} : { argument }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(kind === 'fault' ? { error: { status: 500, message: REASONS[reason].says } } : {}),
  };
  return { decision: false, context };
}

/** The decision on what no check needs to look at. */
export function deniedFor(reason: ReasonCode): Decision {
  return { decision: false, context: { reason, says: REASONS[reason].says } };
}
