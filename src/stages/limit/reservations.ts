import type { Outcome } from '../../decision/record.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Price } from '../../policy/count-spec.ts';
import type { CountSpec, CountStore, SettledCount } from './count-store.ts';

/** What a call reserved, for as long as nobody has told what it came to. */
export interface Held {
  readonly counts: readonly CountSpec[];
  readonly prices: readonly Price[];
  readonly heldMs: number;
  /** Where it was reserved. */
  readonly store: Pick<CountStore, 'settle' | 'renew'>;
}

export interface ReservationsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told why a store did not hear of something. Never throws. */
  readonly onError: (cause: unknown) => void;
}

interface Kept extends Held {
  /** When the store should hear that the call still runs. */
  renewAtMs: number;
}

/** A store hears of a call that runs so many times as often as it would have to. */
const TIMES = 3;

/**
 * What calls that are under way here have reserved, by decision id, from the check until the outcome.
 *
 * A store that cannot be told keeps what was reserved: budgets at their estimate, what is concurrent until its time is over. A
 * word that is lost over-charges, and never under-charges.
 */
export class Reservations {
  readonly #options: ReservationsOptions;
  readonly #held = new Map<string, Kept>();

  constructor(options: ReservationsOptions) {
    this.#options = options;
  }

  /** Calls that hold something now. */
  get size(): number {
    return this.#held.size;
  }

  hold(decisionId: string, held: Held): void {
    this.#held.set(decisionId, { ...held, renewAtMs: this.#renewAtMs(held) });
  }

  /** Gives everything back: the call was never made. */
  async withdraw(decisionId: string): Promise<void> {
    await this.#settle(decisionId, () => 0);
  }

  /** Hears what became of a call. One that holds nothing, or no longer, is nothing to it. Never throws. */
  settle(outcome: Outcome): void {
    const { decisionId, kind } = outcome;
    // Nobody knows whether it is over, so its time has to tell.
    if (kind === 'unknown') return void this.#held.delete(decisionId);
    const settling = kind === 'undelivered' ? this.withdraw(decisionId) : this.#settleBy(outcome);
    settling.catch(this.#options.onError);
  }

  /** Keeps what is held for calls that still run. To be called about once a second. Never rejects. */
  async renew(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const due = [...this.#held].filter(([, { renewAtMs }]) => renewAtMs <= nowMs);
    await Promise.all(due.map(([decisionId, kept]) => this.#renew(decisionId, kept)));
  }

  async #renew(decisionId: string, kept: Kept): Promise<void> {
    kept.renewAtMs = this.#renewAtMs(kept);
    try {
      await kept.store.renew(decisionId, kept.counts, kept.heldMs);
    } catch (cause) {
      this.#options.onError(cause);
    }
  }

  #renewAtMs({ heldMs }: Held): number {
    return this.#options.clock.monotonicMs() + heldMs / TIMES;
  }

  async #settleBy({ decisionId, costs }: Outcome): Promise<void> {
    const prices = this.#held.get(decisionId)?.prices ?? [];
    const actual = (unit: string): number =>
      prices
        .filter((price) => price.unit === unit)
        .reduce((sum, { name, estimate }) => sum + (costs?.get(name) ?? estimate), 0);
    await this.#settle(decisionId, ({ kind, unit = '', amount }) => (kind === 'cost' ? actual(unit) : amount));
  }

  async #settle(decisionId: string, actualOf: (count: CountSpec) => number): Promise<void> {
    const held = this.#held.get(decisionId);
    if (held === undefined) return;
    this.#held.delete(decisionId);
    const settled = held.counts.map((count): SettledCount => ({ ...count, actual: actualOf(count) }));
    await held.store.settle(decisionId, settled);
  }
}
