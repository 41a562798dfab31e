import type { Clock } from '../../kit/clock.ts';
import type {
  Asked,
  BudgetLine,
  BudgetScope,
  CountScope,
  CountSpec,
  CountStore,
  Reserving,
  SettledCount,
} from '../../stages/limit/count-store.ts';
import { Budgets, SWEEP_EVERY_MS } from './budgets.ts';
import { Leases } from './leases.ts';
import type { MemoryTokenBuckets } from './token-buckets.ts';

export interface MemoryCountsOptions {
  readonly buckets: Pick<MemoryTokenBuckets, 'take'>;
  /** Budgets, scopes of what is concurrent, and reservations that are kept, each. */
  readonly capacity: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

interface Reservation {
  readonly untilMs: number;
  /** Which life of each budget it was taken from, in the order asked; `undefined` for what is concurrent. */
  readonly lives: readonly (number | undefined)[];
}

/**
 * Counts of this process. Nothing of it outlives the process.
 *
 * What is not known is never evicted to make room: a budget that is forgotten would be full again. When there is no room,
 * calls that ask for more are refused.
 */
export class MemoryCounts implements CountStore {
  readonly #options: MemoryCountsOptions;
  readonly #leases: Leases;
  readonly #budgets: Budgets;
  readonly #reservations = new Map<string, Reservation>();
  #sweptMs = -Infinity;

  constructor(options: MemoryCountsOptions) {
    this.#options = options;
    this.#leases = new Leases(options.capacity);
    this.#budgets = new Budgets(options.capacity);
  }

  reserve(asked: Asked): Reserving {
    const nowMs = this.#nowMs();
    const { counts, limits, decisionId } = asked;
    for (const count of counts) {
      const waitMs = this.#waitMs(count, nowMs);
      if (waitMs > 0) return { kind: 'full', count, retryAfterMs: waitMs };
    }
    const crowded = this.#whyCrowded(counts, nowMs);
    if (crowded !== undefined)
      return { kind: 'lost', name: crowded.name, cause: new RangeError('too many are counted') };
    const taking = this.#options.buckets.take(limits);
    if (taking.kind === 'lost') return { kind: 'lost', name: taking.limit.name, cause: taking.cause };
    if (taking.kind === 'short') return taking;
    const untilMs = nowMs + asked.heldMs;
    const taken = counts.map((count) => this.#take(count, decisionId, nowMs, untilMs));
    if (counts.some(isBudget)) this.#reservations.set(decisionId, { untilMs, lives: taken.map(({ life }) => life) });
    return { kind: 'taken', remaining: taking.remaining, left: taken.map(({ left }) => left) };
  }

  settle(decisionId: string, counts: readonly SettledCount[]): void {
    const reservation = this.#reservations.get(decisionId);
    this.#reservations.delete(decisionId);
    const isOpen = reservation !== undefined && reservation.untilMs > this.#nowMs();
    for (const [index, { kind, key, amount, actual }] of counts.entries()) {
      if (kind === 'concurrent') this.#leases.release(key, decisionId);
      else if (isOpen) this.#budgets.move(keyOf(kind, key), actual - amount, reservation.lives[index]);
    }
  }

  vacate(decisionId: string, counts: readonly CountScope[]): void {
    for (const { kind, key } of counts) if (kind === 'concurrent') this.#leases.release(key, decisionId);
  }

  renew(decisionId: string, counts: readonly CountScope[], heldMs: number): void {
    const nowMs = this.#nowMs();
    const untilMs = nowMs + heldMs;
    const reservation = this.#reservations.get(decisionId);
    if (reservation !== undefined && reservation.untilMs > nowMs) {
      this.#reservations.set(decisionId, { ...reservation, untilMs: Math.max(untilMs, reservation.untilMs) });
    }
    for (const { kind, key } of counts) if (kind === 'concurrent') this.#leases.renew(key, decisionId, nowMs, untilMs);
  }

  look({ kind, key }: BudgetScope): BudgetLine | undefined {
    return this.#budgets.look(keyOf(kind, key), this.#nowMs());
  }

  grant({ kind, key }: BudgetScope, amount: number): boolean {
    return this.#budgets.grant(keyOf(kind, key), amount, this.#nowMs());
  }

  reset({ kind, key }: BudgetScope): boolean {
    return this.#budgets.forget(keyOf(kind, key), this.#nowMs());
  }

  #waitMs(count: CountSpec, nowMs: number): number {
    return isBudget(count)
      ? this.#budgets.waitMs(keyOf(count.kind, count.key), count, nowMs)
      : this.#leases.waitMs(count, nowMs);
  }

  #take(count: CountSpec, decisionId: string, nowMs: number, untilMs: number): Taken {
    if (isBudget(count)) return this.#budgets.take(keyOf(count.kind, count.key), count, nowMs);
    return { left: this.#leases.take(count, decisionId, nowMs, untilMs), life: undefined };
  }

  /** The first for which there is no room. */
  #whyCrowded(counts: readonly CountSpec[], nowMs: number): CountSpec | undefined {
    const { capacity } = this.#options;
    const [first] = counts;
    if (this.#reservations.size >= capacity) this.#forgetReservations(nowMs);
    if (this.#reservations.size >= capacity) return first;
    return counts.find((count) =>
      isBudget(count)
        ? !this.#budgets.hasRoom(keyOf(count.kind, count.key), nowMs)
        : !this.#leases.hasRoom(count.key, nowMs),
    );
  }

  #forgetReservations(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const [id, { untilMs }] of this.#reservations) if (untilMs <= nowMs) this.#reservations.delete(id);
  }

  #nowMs(): number {
    return Math.floor(this.#options.clock.monotonicMs());
  }
}

interface Taken {
  readonly left: number;
  readonly life: number | undefined;
}

function isBudget({ kind }: CountScope): boolean {
  return kind !== 'concurrent';
}

/** Calls and costs of one scope are two budgets. */
function keyOf(kind: CountScope['kind'], key: string): string {
  return `${kind} ${key}`;
}
