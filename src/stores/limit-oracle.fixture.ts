import type { LimitSpec, LimitTier, Taking } from '../stages/limit/limit-store.ts';

interface Stored {
  readonly atMs: bigint;
  readonly levels: readonly bigint[];
}

const DEEPEST = -(2n ** 52n);

/**
 * What a store of limits must answer, in numbers that cannot be rounded and in the plainest words. Nothing here is taken from the
 * stores.
 */
export class LimitOracle {
  readonly #stored = new Map<string, Stored>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  take(limits: readonly LimitSpec[]): Taking {
    const answer = this.peek(limits);
    if (answer.kind === 'taken') this.#charge(limits, 1n);
    return answer;
  }

  peek(limits: readonly LimitSpec[]): Taking {
    const waits = limits.map((limit) => this.#waitFor(limit));
    const longest = waits.reduce((one, other) => Math.max(one, other), 0);
    const limit = limits[waits.indexOf(longest)];
    if (longest > 0 && limit !== undefined) return { kind: 'short', limit, retryAfterMs: longest };
    return { kind: 'taken', remaining: limits.map((one) => whole(one, this.#after(one, 1n))) };
  }

  force(limits: readonly LimitSpec[]): Taking {
    return { kind: 'taken', remaining: this.#charge(limits, 1n) };
  }

  refund(limits: readonly LimitSpec[]): void {
    this.#charge(limits, -1n);
  }

  #charge(limits: readonly LimitSpec[], sign: bigint): readonly number[] {
    return limits.map((limit) => {
      const levels = this.#after(limit, sign);
      this.#stored.set(limit.key, { atMs: largest(this.#now(), this.#read(limit).atMs), levels });
      return whole(limit, levels);
    });
  }

  #after(limit: LimitSpec, sign: bigint): readonly bigint[] {
    return this.#levels(limit).map((level, index) => {
      const tier = tierAt(limit, index);
      return largest(DEEPEST, smallest(capacity(tier), level - sign * BigInt(limit.cost) * BigInt(tier.periodMs)));
    });
  }

  #levels(limit: LimitSpec): readonly bigint[] {
    const { levels, atMs } = this.#read(limit);
    const elapsed = largest(0n, this.#now() - atMs);
    return levels.map((level, index) => {
      const tier = tierAt(limit, index);
      return smallest(capacity(tier), level + BigInt(tier.refill) * elapsed);
    });
  }

  #waitFor(limit: LimitSpec): number {
    if (limit.cost <= 0) return 0;
    const behind = largest(0n, this.#read(limit).atMs - this.#now());
    const waits = this.#levels(limit).map((level, index) => {
      const { burst, refill, periodMs } = tierAt(limit, index);
      const missing = BigInt(limit.cost) * BigInt(periodMs) - level;
      if (missing <= 0n) return 0;
      return limit.cost > burst ? Infinity : Number((missing + BigInt(refill) - 1n) / BigInt(refill) + behind);
    });
    return Math.max(...waits);
  }

  #read({ key, tiers }: LimitSpec): Stored {
    return this.#stored.get(key) ?? { atMs: this.#now(), levels: tiers.map(capacity) };
  }

  #now(): bigint {
    return BigInt(this.#nowMs());
  }
}

function tierAt({ tiers }: LimitSpec, index: number): LimitTier {
  const tier = tiers[index];
  if (tier === undefined) throw new RangeError(`no tier ${index}`);
  return tier;
}

function whole(limit: LimitSpec, levels: readonly bigint[]): number {
  const tokens = levels.map((level, index) => {
    const periodMs = BigInt(tierAt(limit, index).periodMs);
    return level >= 0n || level % periodMs === 0n ? level / periodMs : level / periodMs - 1n;
  });
  return Number(tokens.reduce(smallest));
}

function capacity({ burst, periodMs }: LimitTier): bigint {
  return BigInt(burst) * BigInt(periodMs);
}

function smallest(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function largest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
