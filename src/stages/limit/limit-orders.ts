import type { LimitSpec, LimitTier } from './limit-store.ts';

/** What an operator changed of a limit for a while. */
export interface LimitOrder {
  readonly id: string;
  readonly kind: 'limit';
  /** The rule. */
  readonly name: string;
  /** At most one for each period. One that the rule has no rate for changes nothing. */
  readonly rates: readonly RateOrder[];
  /** Tokens that a call takes, instead of what the rule says. */
  readonly cost?: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Milliseconds since the epoch: then the rule counts again as it is written. */
  readonly untilMs: number;
  readonly why: string;
}

/** The rate of a period, as far as it is changed. */
export interface RateOrder extends Partial<Pick<LimitTier, 'burst' | 'refill'>>, Pick<LimitTier, 'periodMs'> {}

interface Changing {
  readonly order: LimitOrder;
  /** By the tiers as they are written: stores remember by identity what they were asked with. */
  readonly tiers: WeakMap<readonly LimitTier[], readonly LimitTier[]>;
}

/** What operators changed of limits, in force in this process. */
export class LimitOrders {
  readonly #nowMs: () => number;
  #byRule: ReadonlyMap<string, Changing> = new Map();

  /** @param nowMs Wall clock, milliseconds since the epoch. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Puts these in force instead of those before. Of several for one rule the latest counts. */
  replace(orders: readonly LimitOrder[]): void {
    const before = this.#byRule;
    const latest = new Map<string, LimitOrder>();
    for (const order of orders) {
      const known = latest.get(order.name);
      if (known === undefined || known.sinceMs <= order.sinceMs) latest.set(order.name, order);
    }
    this.#byRule = new Map(
      [...latest].map(([rule, order]) => {
        const known = before.get(rule);
        return [rule, known?.order.id === order.id ? known : { order, tiers: new WeakMap() }];
      }),
    );
  }

  /** The order for a rule that holds now. */
  of(rule: string): LimitOrder | undefined {
    const order = this.#byRule.get(rule)?.order;
    return order !== undefined && this.#nowMs() < order.untilMs ? order : undefined;
  }

  /** The limits as they count now. Their buckets stay the same, and the tokens in them. */
  changed(limits: readonly LimitSpec[]): readonly LimitSpec[] {
    return this.#byRule.size === 0 ? limits : limits.map((limit) => this.#changedOne(limit));
  }

  #changedOne(limit: LimitSpec): LimitSpec {
    const changing = this.#byRule.get(limit.name);
    if (changing === undefined || this.#nowMs() >= changing.order.untilMs) return limit;
    const { order, tiers: known } = changing;
    const tiers = known.get(limit.tiers) ?? limit.tiers.map((tier) => changedTier(tier, order.rates));
    known.set(limit.tiers, tiers);
    return { ...limit, tiers, cost: order.cost ?? limit.cost };
  }
}

/** A rate as an order leaves it. */
export function changedTier(tier: LimitTier, rates: readonly RateOrder[]): LimitTier {
  const rate = rates.find(({ periodMs }) => periodMs === tier.periodMs);
  return rate === undefined
    ? tier
    : { periodMs: tier.periodMs, burst: rate.burst ?? tier.burst, refill: rate.refill ?? tier.refill };
}
