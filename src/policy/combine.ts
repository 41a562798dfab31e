import type { Judgement } from './judge.ts';
import type { PolicyAllowed, PolicyDenied, PolicyError } from './policy-set.ts';
import type { Rule } from './rule.ts';

/** The answer that judgements give together, without what a decision adds to it. */
export type Answer =
  | Pick<PolicyAllowed, 'kind'>
  | Pick<PolicyDenied, 'kind' | 'reason' | 'rule' | 'argument' | 'allowed' | 'message'>
  | Pick<PolicyError, 'kind' | 'rule' | 'message'>;

/**
 * Combines what all matching rules say: an error beats everything, then deny, then a requirement that fails; then at
 * least one allow rule must hold, unless the call is housekeeping.
 *
 * The order of rules does not change the kind of the answer, and a further deny or require rule never turns a refusal
 * into permission.
 */
export function combine(judgements: readonly Judgement[], housekeeping: boolean): Answer {
  let denied: Judgement | undefined;
  let unmet: Judgement | undefined;
  let allowed = housekeeping;
  for (const judgement of judgements) {
    const { rule, outcome } = judgement;
    if (outcome.kind === 'error') return { kind: 'error', rule: rule.id, message: outcome.message };
    // Arguments are always bound in a call: a rule that still depends on something unknown cannot be told.
    if (outcome.kind === 'unknown') return { kind: 'error', rule: rule.id, message: 'a variable has no value.' };
    const holds = outcome.kind === 'holds';
    if (rule.effect === 'deny' && holds) denied ??= judgement;
    if (rule.effect === 'require' && !holds) unmet ??= judgement;
    if (rule.effect === 'allow' && holds) allowed = true;
  }
  if (denied !== undefined) return { kind: 'denied', reason: 'policy.denied', ...naming(denied.rule) };
  if (unmet !== undefined) return { kind: 'denied', reason: 'policy.requirement', ...explained(unmet) };
  return allowed ? { kind: 'allowed' } : withoutAllow(judgements);
}

/** No allow rule holds: the first one whose arguments were nearly right says what it would take. */
function withoutAllow(judgements: readonly Judgement[]): Answer {
  const failing = judgements.filter(({ rule, outcome }) => rule.effect === 'allow' && outcome.kind === 'fails');
  const near = failing.find(({ outcome }) => outcome.kind === 'fails' && outcome.violation !== undefined);
  if (near !== undefined) return { kind: 'denied', reason: 'policy.arguments', ...explained(near) };
  const [first] = failing;
  return { kind: 'denied', reason: 'policy.no-allow', ...(first === undefined ? {} : naming(first.rule)) };
}

function naming({ id, message }: Rule): { readonly rule: string; readonly message?: string } {
  return message === undefined ? { rule: id } : { rule: id, message };
}

function explained({ rule, outcome }: Judgement): Pick<PolicyDenied, 'rule' | 'argument' | 'allowed' | 'message'> {
  if (outcome.kind !== 'fails' || outcome.violation === undefined) return naming(rule);
  const { pointer, allowed, message } = outcome.violation;
  return { argument: pointer, allowed, message, ...naming(rule) };
}
