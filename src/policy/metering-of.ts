import type { Metering } from './count-spec.ts';
import { countSpecOf } from './count-template.ts';
import type { Judgement } from './judge.ts';
import type { LimitSurroundings } from './limit-template.ts';
import type { PolicyInput } from './policy-set.ts';

/**
 * What the rules that hold count of a call beyond rates; `undefined` when nothing. Housekeeping uses nothing up.
 */
export function meteringOf(
  judgements: readonly Judgement[],
  input: PolicyInput,
  surroundings: LimitSurroundings,
): Metering | undefined {
  if (input.housekeeping) return undefined;
  const metered = judgements.flatMap(({ rule, outcome }) =>
    outcome.kind === 'holds' && (rule.price !== undefined || (rule.counts ?? []).length > 0) ? [rule] : [],
  );
  if (metered.length === 0) return undefined;
  return {
    counts: metered.flatMap((rule) =>
      (rule.counts ?? []).map((template) => countSpecOf(rule, template, input, surroundings)),
    ),
    prices: metered.flatMap(({ price }) => price ?? []),
  };
}
