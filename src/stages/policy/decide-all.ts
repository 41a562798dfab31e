import type { Metering } from '../../policy/count-spec.ts';
import type { LimitSpec } from '../../policy/limit-spec.ts';
import type {
  PolicyAllowed,
  PolicyDecision,
  PolicyInput,
  PolicySet,
  ShadowDifference,
} from '../../policy/policy-set.ts';
import { EMPTY_OBJECT } from '../../kit/json.ts';

/**
 * What the rules say of a call and of each resource that it subscribes to: the first refusal, else all of it together.
 *
 * Each resource is judged as by `resources/subscribe`, its legacy counterpart: it needs an allow rule, also where the
 * subscription itself needs none. A limit that several of them ask for is taken once.
 */
export function decideAll(policies: PolicySet, input: PolicyInput, uris: readonly string[]): PolicyDecision {
  let answer = policies.decide(input);
  for (const uri of uris) {
    if (answer.kind !== 'allowed') return answer;
    answer = together(answer, policies.decide(subscribing(input, uri)));
  }
  return answer;
}

function subscribing(input: PolicyInput, uri: string): PolicyInput {
  const call = {
    method: 'resources/subscribe',
    target: { kind: 'resource', uri },
    params: new Map([['uri', uri]]),
  } as const;
  return { ...input, ...call, args: EMPTY_OBJECT, housekeeping: false };
}

function together(before: PolicyAllowed, next: PolicyDecision): PolicyDecision {
  const base = {
    rules: [...new Set([...before.rules, ...next.rules])],
    shadow: [...before.shadow, ...next.shadow.filter((one) => !before.shadow.some((other) => isSame(one, other)))],
    readArguments: new Map([...before.readArguments, ...next.readArguments]),
  };
  if (next.kind !== 'allowed') return { ...next, ...base };
  // Class and fallbacks are those of the subscription itself.
  const metering = meteredTogether(before.metering, next.metering);
  const limits = eachOnce([...before.limits, ...next.limits]);
  return { ...before, ...base, limits, ...(metering === undefined ? {} : { metering }) };
}

/** What is counted of both is counted once, and so is a price. */
function meteredTogether(one: Metering | undefined, other: Metering | undefined): Metering | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const counts = [...one.counts, ...other.counts];
  const prices = [...one.prices, ...other.prices];
  return {
    counts: [...new Map(counts.map((count) => [`${count.kind} ${count.key}`, count])).values()],
    prices: [...new Map(prices.map((price) => [price.name, price])).values()],
  };
}

function isSame(one: ShadowDifference, other: ShadowDifference): boolean {
  return one.rule === other.rule && one.would === other.would;
}

function eachOnce(limits: readonly LimitSpec[]): readonly LimitSpec[] {
  return [...new Map(limits.map((limit) => [limit.key, limit])).values()];
}
