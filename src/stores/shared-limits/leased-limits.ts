import type { Clock } from '../../kit/clock.ts';
import { Lru } from '../../kit/lru.ts';
import type { LimitSpec, LimitStore, LimitTier, Taking } from '../../stages/limit/limit-store.ts';
import { RefusalMemory } from './refusal-memory.ts';

export interface LeasedLimitsOptions {
  readonly shared: LimitStore;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** How many tokens of a limit may be held here at once; 0 when each call has to ask. */
  readonly sizeOf: (limit: LimitSpec) => number;
  /** Limits that are remembered at most, ≥ 1. */
  readonly capacity: number;
}

/** Tokens of one limit that were taken from the shared store before they are spent. */
interface Lease {
  tokens: number;
  untilMs: number;
  /** As they were when it was taken: a reload makes others. */
  readonly tiers: readonly LimitTier[];
  /** What was left in the shared store then. */
  remaining: number;
  /** Set while more is being asked for. */
  renewal: Promise<unknown> | undefined;
}

/** What is not spent by then is forgotten: it stays taken. */
const LEASE_MS = 100;
/** How often a call waits for what another one asks for, before it asks for itself. */
const MOST_WAITS = 32;

/**
 * Takes several calls' worth from the shared store at once and spends it here: one question for many calls.
 *
 * Tokens leave the shared store before they are spent, so in all never more pass than there are; only when they pass moves. With N
 * instances that each hold at most B, at most burst + rate × W + N × B pass in any window of length W.
 *
 * A call is served from leases only if all of its limits have one (`sizeOf`); else it asks. So do looks and debts, and what is
 * returned goes to the shared store, from which it came. Who was refused a moment ago is refused from memory.
 */
export class LeasedLimits implements LimitStore {
  readonly #options: LeasedLimitsOptions;
  readonly #leases: Lru<string, Lease>;
  readonly #refusals: RefusalMemory;

  constructor(options: LeasedLimitsOptions) {
    this.#options = options;
    this.#leases = new Lru(options.capacity);
    this.#refusals = new RefusalMemory(options.capacity, options.clock);
  }

  async take(limits: readonly LimitSpec[]): Promise<Taking> {
    const sizes = limits.map(this.#options.sizeOf);
    if (limits.length === 0 || sizes.includes(0)) return await this.#ask(limits);
    return await this.#takeLeased(limits, sizes);
  }

  peek(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#options.shared.peek(limits);
  }

  force(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#options.shared.force(limits);
  }

  refund(limits: readonly LimitSpec[]): void | Promise<void> {
    this.#refusals.forget(limits);
    return this.#options.shared.refund(limits);
  }

  /** Asks for the call alone, unless it is known what the answer would be. */
  async #ask(limits: readonly LimitSpec[]): Promise<Taking> {
    const { shared, clock } = this.#options;
    const refused = this.#refusals.recall(limits);
    if (refused !== undefined) return refused;
    const askedMs = clock.monotonicMs();
    const taking = await shared.take(limits);
    if (taking.kind === 'short') this.#refusals.remember(taking, askedMs);
    return taking;
  }

  async #takeLeased(limits: readonly LimitSpec[], sizes: readonly number[]): Promise<Taking> {
    for (let waits = 0; waits < MOST_WAITS; waits += 1) {
      const leases = limits.map((limit) => this.#leaseOf(limit));
      if (limits.every(({ cost }, index) => (leases[index]?.tokens ?? 0) >= cost)) return spend(limits, leases);
      const refused = this.#refusals.recall(limits);
      if (refused !== undefined) return refused;
      const renewals = leases.flatMap(({ renewal }) => renewal ?? []);
      if (renewals.length === 0) return (await this.#renew(limits, leases, sizes)) ?? (await this.#ask(limits));
      await Promise.allSettled(renewals);
    }
    return await this.#ask(limits);
  }

  /** The lease of a limit as it is now, empty when there is none. */
  #leaseOf({ key, tiers }: LimitSpec): Lease {
    const known = this.#leases.get(key);
    if (known !== undefined && known.tiers === tiers) {
      if (this.#options.clock.monotonicMs() >= known.untilMs) known.tokens = 0;
      return known;
    }
    const lease = { tokens: 0, untilMs: 0, tiers, remaining: 0, renewal: undefined };
    this.#leases.set(key, lease);
    return lease;
  }

  /** Asks for the call and for full leases; `undefined` when that is too much. */
  async #renew(
    limits: readonly LimitSpec[],
    leases: readonly Lease[],
    sizes: readonly number[],
  ): Promise<Taking | undefined> {
    const { shared, clock } = this.#options;
    // What is left of a lease is spent first. It is taken out at once: others may ask meanwhile.
    const left = leases.map(({ tokens }) => tokens);
    const wanted = limits.map((limit, index) => {
      const cost = limit.cost + (sizes[index] ?? 0) - (left[index] ?? 0);
      return { ...limit, cost: Math.max(0, cost) };
    });
    const askedMs = clock.monotonicMs();
    const asked = Promise.resolve(shared.take(wanted));
    for (const lease of leases) Object.assign(lease, { tokens: 0, renewal: asked });
    try {
      const taking = await asked;
      const isTaken = taking.kind === 'taken';
      for (const [index, lease] of leases.entries()) {
        lease.tokens = (isTaken ? sizes : left)[index] ?? 0;
        if (isTaken) Object.assign(lease, { untilMs: askedMs + LEASE_MS, remaining: taking.remaining[index] ?? 0 });
      }
      if (!isTaken) return undefined;
      return { kind: 'taken', remaining: leases.map(({ tokens, remaining }) => tokens + remaining) };
    } finally {
      for (const lease of leases) lease.renewal = undefined;
    }
  }
}

function spend(limits: readonly LimitSpec[], leases: readonly Lease[]): Taking {
  const remaining = limits.map(({ cost }, index) => {
    const lease = leases[index];
    if (lease === undefined) return 0;
    lease.tokens -= cost;
    return lease.tokens + lease.remaining;
  });
  return { kind: 'taken', remaining };
}
