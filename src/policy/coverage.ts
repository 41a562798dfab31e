import type { Judgement } from './judge.ts';
import type { Rule } from './rule.ts';

/** What tests have shown of a rule. */
export interface RuleCoverage {
  readonly rule: string;
  readonly effect: Rule['effect'];
  /** Whether some test saw it hold, and some test saw it not hold. */
  readonly seenTrue: boolean;
  readonly seenFalse: boolean;
  /**
   * `full`: both were seen, or the rule has no condition and was seen. `untested`: a deny or require rule that no test
   * saw refuse. `partial`: anything else.
   */
  readonly verdict: 'full' | 'partial' | 'untested';
}

/** Counts over all tests which outcomes each rule was seen with. */
export class Coverage {
  readonly #rules: readonly Rule[];
  readonly #held = new Set<Rule>();
  readonly #failed = new Set<Rule>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  add(judgements: readonly Judgement[]): void {
    for (const { rule, outcome } of judgements) {
      if (outcome.kind === 'holds') this.#held.add(rule);
      if (outcome.kind === 'fails') this.#failed.add(rule);
    }
  }

  /** One entry a rule, in file order. */
  report(): readonly RuleCoverage[] {
    return this.#rules.map((rule) => {
      const seen = { seenTrue: this.#held.has(rule), seenFalse: this.#failed.has(rule) };
      return { rule: rule.id, effect: rule.effect, ...seen, verdict: verdictOf(rule, seen) };
    });
  }
}

function verdictOf(
  { effect, written }: Rule,
  seen: Pick<RuleCoverage, 'seenTrue' | 'seenFalse'>,
): RuleCoverage['verdict'] {
  if (effect === 'deny' && !seen.seenTrue) return 'untested';
  if (effect === 'require' && !seen.seenFalse) return 'untested';
  const conditional = written.args !== undefined || written.when !== undefined;
  return seen.seenTrue && (seen.seenFalse || !conditional) ? 'full' : 'partial';
}
