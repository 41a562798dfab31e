import type { Violation } from '../constraint/constraint.ts';
import { evaluateCondition, type MutableBindings } from './condition.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule, ScopedRule } from './rule.ts';

/**
 * What a rule that matches says of a call. A rule that does not match has no judgement at all: "did not match", "does not
 * hold" and "could not be evaluated" never stand for each other.
 */
export interface Judgement {
  readonly rule: Rule;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly kind: 'holds' }
  /** `args` is violated, or `when` is false (then without a violation). */
  | { readonly kind: 'fails'; readonly violation?: Violation }
  /** It depends on arguments that are not known: only in lists. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'error'; readonly message: string };

/**
 * Judges a call by one rule that matches it: `args` first, which guards `when`, then `let` and `when`.
 *
 * `args` are conditions like `when`: for `deny` and `limit` the rule holds when the arguments are as they say. An argument
 * that is too large to be judged is an error, whatever the effect. Never throws.
 */
export function judgeCall({ rule, condition }: ScopedRule, input: PolicyInput, bindings: MutableBindings): Judgement {
  try {
    const judged = rule.args?.judge(input.args);
    if (judged?.kind === 'violated') return { rule, outcome: { kind: 'fails', violation: judged.violation } };
    if (judged?.kind === 'cannot-tell')
      return { rule, outcome: { kind: 'error', message: sayUntold(judged.violation) } };
    return { rule, outcome: evaluateCondition(condition, bindings) };
  } catch (cause) {
    return { rule, outcome: { kind: 'error', message: cause instanceof Error ? cause.message : 'not an error' } };
  }
}

function sayUntold({ pointer, message }: Violation): string {
  return `args: ${pointer} ${message}.`;
}

/** Judges an entry of a list by one rule that matches it: what depends on arguments is unknown. Never throws. */
export function judgeEntry({ rule, condition }: ScopedRule, bindings: MutableBindings): Judgement {
  try {
    const outcome = evaluateCondition(condition, bindings);
    const depends = outcome.kind === 'holds' && rule.args !== undefined;
    return { rule, outcome: depends ? { kind: 'unknown' } : outcome };
  } catch (cause) {
    return { rule, outcome: { kind: 'error', message: cause instanceof Error ? cause.message : 'not an error' } };
  }
}
