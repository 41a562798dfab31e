import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Violation } from '../constraint/constraint.ts';
import type { CelOutcome } from '../constraint/cel/compile-cel.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { evaluateCondition, type MutableBindings } from './condition.ts';
import { bindingsOf } from './environment.ts';
import { judgeCall, type Outcome } from './judge.ts';
import type { WrittenCall } from './policy-file.ts';
import type { PolicyDecision, PolicyInput } from './policy-set.ts';
import type { Rule, ScopedRule } from './rule.ts';
import { type NoCall, readWrittenCall } from './written-call.ts';

/** Why a call is answered as it is. */
export interface Explanation {
  readonly kind: 'explanation';
  readonly input: PolicyInput;
  /** What the pinned schema has against the arguments; then no rule is asked in service, whatever they say below. */
  readonly violation: Violation | undefined;
  /** The rules that match, in the order they are asked. */
  readonly rules: readonly RuleExplanation[];
  readonly decision: PolicyDecision;
}

/** What one rule says of the call. */
export interface RuleExplanation {
  readonly rule: Rule;
  readonly outcome: Outcome;
  /** Values of `let`, then the parts of `when`, each by itself. */
  readonly parts: readonly PartExplanation[];
}

interface PartExplanation {
  readonly text: string;
  readonly outcome: CelOutcome;
}

/** Explains the answer to a written call, made at `nowMs` unless it says when. Takes and consumes nothing. */
export function explainCall(
  written: WrittenCall,
  policies: CompiledPolicies,
  catalogue: Catalogue,
  nowMs: number,
): Explanation | NoCall {
  const call = readWrittenCall(written, catalogue, nowMs);
  if (call.kind === 'no-call') return call;
  const { input, violation } = call;
  const rules = policies.matching(input).map((scoped) => explainRule(scoped, input));
  return { kind: 'explanation', input, violation, rules, decision: policies.decide(input) };
}

function explainRule(scoped: ScopedRule, input: PolicyInput): RuleExplanation {
  const { rule, condition } = scoped;
  const { outcome } = judgeCall(scoped, input, bindingsOf(input));
  const bindings: MutableBindings = bindingsOf(input);
  evaluateCondition(condition, bindings);
  const lets = condition.lets.map(({ name, program }) => ({
    text: `let ${name}`,
    outcome: program.evaluate(bindings),
  }));
  const parts = condition.parts().map(({ text, program }) => ({ text, outcome: program.evaluate(bindings) }));
  return { rule, outcome, parts: [...lets, ...parts] };
}
