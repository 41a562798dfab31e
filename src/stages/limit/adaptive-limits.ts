import type { AdaptiveFactors } from './adaptive-factors.ts';
import type { CountStore } from './count-store.ts';
import type { LimitSpec, LimitStore, Taking } from './limit-store.ts';

/**
 * The same store, asked for adaptive limits at the rate that their server is good for just now. Bursts stay: tokens that are
 * there may be spent, they only come back slower.
 */
export class AdaptiveLimits implements LimitStore {
  readonly #store: LimitStore;
  readonly #factors: Pick<AdaptiveFactors, 'scaled'>;

  constructor(store: LimitStore, factors: Pick<AdaptiveFactors, 'scaled'>) {
    this.#store = store;
    this.#factors = factors;
  }

  take(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#store.take(this.#now(limits));
  }

  peek(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#store.peek(this.#now(limits));
  }

  force(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#store.force(this.#now(limits));
  }

  refund(limits: readonly LimitSpec[]): void | Promise<void> {
    return this.#store.refund(this.#now(limits));
  }

  #now(limits: readonly LimitSpec[]): readonly LimitSpec[] {
    return scaled(limits, this.#factors);
  }
}

/** The same counts, whose limits are asked for in that way too. */
export function adaptiveCounts(store: CountStore, factors: Pick<AdaptiveFactors, 'scaled'>): CountStore {
  return {
    reserve: (asked) => store.reserve({ ...asked, limits: scaled(asked.limits, factors) }),
    settle: (decisionId, counts) => store.settle(decisionId, counts),
    vacate: (decisionId, counts) => store.vacate(decisionId, counts),
    renew: (decisionId, counts, heldMs) => store.renew(decisionId, counts, heldMs),
    look: (scope) => store.look(scope),
    grant: (scope, amount) => store.grant(scope, amount),
    reset: (scope) => store.reset(scope),
  };
}

function scaled(limits: readonly LimitSpec[], factors: Pick<AdaptiveFactors, 'scaled'>): readonly LimitSpec[] {
  return limits.some(isAdaptive) ? limits.map((limit) => factors.scaled(limit)) : limits;
}

function isAdaptive({ adaptsTo }: LimitSpec): boolean {
  return adaptsTo !== undefined;
}
