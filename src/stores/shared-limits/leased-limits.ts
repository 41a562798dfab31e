import type { Clock } from '../../kit/clock.ts';
import { Lru } from '../../kit/lru.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { Lease } from './lease.ts';
import { RefusalMemory } from './refusal-memory.ts';

export interface LeasedLimitsOptions {
  readonly shared: LimitStore;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** How many tokens of a limit may be held here at once; 0 when each call has to ask. */
  readonly sizeOf: (limit: LimitSpec) => number;
  /** Limits that are remembered at most, ≥ 1. */
  readonly capacity: number;
}

/** What is not spent by then is forgotten: it stays taken. */
const LEASE_MS = 100;
/** Calls that wait for one lease at most. Who comes then asks for itself. */
const MOST_WAITING = 10_000;

/**
 * Takes several calls' worth from the shared store at once and spends it here: one question for many calls.
 *
 * Tokens leave the shared store before they are spent, so in all never more pass than there are; only when they pass moves. With N
 * instances that each hold at most B, at most burst + rate × W + N × B pass in any window of length W.
 *
 * A call is served from leases only if all of its limits have one (`sizeOf`); else it asks. So do looks and debts, and what is
 * returned goes to the shared store, from which it came. Who was refused a moment ago is refused from memory.
 *
 * While a lease is asked for, calls that want of it wait in the order in which they came, and there is one question under way. Of
 * what comes as many are served as it is enough for; the first of the rest asks, for those behind it too, whose tokens are spent
 * as soon as they are here. When the store cannot be had, none of them asks: each is told so.
 */
export class LeasedLimits implements LimitStore {
  readonly #options: LeasedLimitsOptions;
  /** What was asked for longest ago goes first. */
  readonly #leases: Lru<string, Lease>;
  readonly #refusals: RefusalMemory;

  constructor(options: LeasedLimitsOptions) {
    this.#options = options;
    this.#leases = new Lru(options.capacity);
    this.#refusals = new RefusalMemory(options.capacity, options.clock);
  }

  /** Answers at once where the tokens are there. */
  take(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    const leases = this.#leasesOf(limits);
    return leases === undefined ? this.#ask(limits) : this.#spend(limits, leases);
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

  /** The leases that the limits share, new ones where there are none; `undefined` when the call has to ask for itself. */
  #leasesOf(limits: readonly LimitSpec[]): readonly Lease[] | undefined {
    const leases: Lease[] = [];
    for (const limit of limits) {
      if (this.#options.sizeOf(limit) === 0) return undefined;
      leases.push(this.#leaseOf(limit));
    }
    return leases.length === 0 ? undefined : leases;
  }

  #leaseOf({ key, tiers }: LimitSpec): Lease {
    const known = this.#leases.peek(key);
    if (known !== undefined && known.tiers === tiers) return known;
    const lease = new Lease(tiers);
    this.#leases.set(key, lease);
    return lease;
  }

  /** Spends what is there; asks for more, or waits for whoever does, when it is not enough. */
  #spend(limits: readonly LimitSpec[], leases: readonly Lease[]): Taking | Promise<Taking> {
    const nowMs = this.#options.clock.monotonicMs();
    if (leases.every((lease, index) => lease.has(limits[index]?.cost ?? 0, nowMs))) {
      return { kind: 'taken', remaining: leases.map((lease, index) => lease.spend(limits[index]?.cost ?? 0)) };
    }
    const asked = leases.find(({ isAsked }) => isAsked);
    if (asked !== undefined && asked.waiting.length < MOST_WAITING) {
      return new Promise((resolve, reject) => asked.waiting.push({ limits, leases, resolve, reject }));
    }
    const refused = this.#refusals.recall(limits);
    if (refused !== undefined) return refused;
    return asked === undefined ? this.#refill(limits, leases) : this.#ask(limits);
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

  /**
   * Asks for the call, those who wait and full leases, and for the call alone when that is too much. Then it is the turn of those
   * who wait.
   */
  async #refill(limits: readonly LimitSpec[], leases: readonly Lease[]): Promise<Taking> {
    for (const lease of leases) lease.isAsked = true;
    try {
      const taking = (await this.#takeMore(limits, leases)) ?? (await this.#ask(limits));
      this.#serve(limits, leases);
      return taking;
    } catch (cause) {
      turnAway(leases, cause);
      throw cause;
    }
  }

  /** @returns What is left for the call; `undefined` when it is too much. */
  async #takeMore(limits: readonly LimitSpec[], leases: readonly Lease[]): Promise<Taking | undefined> {
    const { shared, clock, sizeOf } = this.#options;
    const askedMs = clock.monotonicMs();
    // What is left of a lease is spent first. It is taken out at once: what is asked for counts it.
    const left = leases.map((lease) => lease.empty(askedMs));
    const fills = limits.map((limit, index) => fillOf(limit, index, sizeOf(limit), leases));
    const wanted = limits.map((limit, index) => {
      const cost = limit.cost + (fills[index] ?? 0) - (left[index] ?? 0);
      return { ...limit, cost: Math.max(0, cost) };
    });
    const taking = await shared.take(wanted);
    for (const { key } of limits) this.#leases.get(key);
    const isTaken = taking.kind === 'taken';
    for (const [index, lease] of leases.entries()) {
      lease.isScarce = !isTaken;
      if (isTaken) lease.fill(fills[index] ?? 0, taking.remaining[index] ?? 0, askedMs + LEASE_MS);
      else lease.putBack(left[index] ?? 0);
    }
    return isTaken ? { kind: 'taken', remaining: leases.map(({ remaining }) => remaining) } : undefined;
  }

  /** Serves those who wait, in order, until one of them has to ask. */
  #serve(limits: readonly LimitSpec[], leases: readonly Lease[]): void {
    for (const lease of leases) lease.isAsked = false;
    for (const lease of leases) {
      while (!lease.isAsked) {
        const next = lease.waiting.shift();
        if (next === undefined) break;
        next.resolve(this.#spend(next.limits, next.leases));
      }
    }
    // One that waited may now wait for another lease, or was refused: what was meant for it is more than may be held.
    for (const [index, limit] of limits.entries()) leases[index]?.trim(this.#options.sizeOf(limit));
  }
}

/** How many tokens of a limit are asked for beyond those of the call: a full lease, and what those who wait will spend at once. */
function fillOf({ cost, tiers }: LimitSpec, index: number, size: number, leases: readonly Lease[]): number {
  const lease = leases[index];
  if (lease === undefined || lease.isScarce) return size;
  const burst = Math.min(...tiers.map((tier) => tier.burst));
  return Math.max(size, Math.min(size + awaitedOf(lease, leases), burst - cost));
}

/** What those who wait for `leases`, and for no other, want of one of them. */
function awaitedOf(lease: Lease, leases: readonly Lease[]): number {
  let sum = 0;
  for (const { waiting } of leases) {
    for (const one of waiting) {
      const at = one.leases.indexOf(lease);
      if (at >= 0 && one.leases.every((other) => leases.includes(other))) sum += one.limits[at]?.cost ?? 0;
    }
  }
  return sum;
}

function turnAway(leases: readonly Lease[], cause: unknown): void {
  for (const lease of leases) {
    lease.isAsked = false;
    for (const { reject } of lease.waiting.splice(0)) reject(cause);
  }
}
