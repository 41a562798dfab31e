import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CompiledPolicies } from '../compiled-policies.ts';
import type { WrittenCall } from '../policy-file.ts';
import type { PolicyDecision } from '../policy-set.ts';
import { readWrittenCall } from '../written-call.ts';
import { candidateCalls } from './candidate-calls.ts';

type Verdict = 'allow' | 'deny' | 'error';

/** A way in which two policies differ, and a call that shows it. */
export interface Difference {
  readonly was: Verdict;
  readonly now: Verdict;
  /** The rules that decide, where one is named. */
  readonly oldRule: string | undefined;
  readonly newRule: string | undefined;
  /** A call that gets these two answers: `policy explain` reads it. */
  readonly witness: WrittenCall;
}

export interface PolicyDiff {
  readonly differences: readonly Difference[];
  /** Calls that were tried. */
  readonly tried: number;
}

/**
 * Calls that two policies answer differently, one for each target, pair of answers and pair of rules.
 *
 * A search, at the values that the rules themselves hold and next to them: each witness was asked of both, so what is found is
 * so; that nothing is found is no proof. Calls that the pinned schema refuses are left out. Limits are not compared.
 */
export function diffPolicies(before: CompiledPolicies, after: CompiledPolicies, catalogue: Catalogue): PolicyDiff {
  const differences = new Map<string, Difference>();
  let tried = 0;
  for (const witness of candidateCalls([...before.rules, ...after.rules], catalogue)) {
    const call = readWrittenCall(witness, catalogue);
    if (call.kind === 'no-call' || call.violation !== undefined) continue;
    tried += 1;
    const [old, next] = [before.decide(call.input), after.decide(call.input)];
    if (old.kind === next.kind) continue;
    const found = { was: SAYS[old.kind], now: SAYS[next.kind], oldRule: ruleOf(old), newRule: ruleOf(next), witness };
    const { server, tool, prompt, resource } = witness;
    const key = JSON.stringify([server, tool, prompt, resource, found.was, found.now, found.oldRule, found.newRule]);
    if (!differences.has(key)) differences.set(key, found);
  }
  return { differences: [...differences.values()], tried };
}

const SAYS = { allowed: 'allow', denied: 'deny', error: 'error' } as const;

function ruleOf(decision: PolicyDecision): string | undefined {
  return decision.kind === 'allowed' ? decision.rules[0] : decision.rule;
}
