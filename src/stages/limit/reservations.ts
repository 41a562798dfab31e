import type { Outcome } from '../../decision/record.ts';
import { BriefMap } from '../../kit/brief-map.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Price } from '../../policy/count-spec.ts';
import type { CountSpec, CountStore, SettledCount } from './count-store.ts';

/** What a call reserved, for as long as nobody has told what it came to. */
export interface Held {
  readonly counts: readonly CountSpec[];
  readonly prices: readonly Price[];
  readonly heldMs: number;
  /** Where it was reserved. */
  readonly store: Pick<CountStore, 'settle' | 'vacate' | 'renew'>;
  /** Where its budgets are reserved once more for another attempt. */
  readonly more: Pick<CountStore, 'reserve' | 'settle' | 'vacate' | 'renew'>;
}

export interface ReservationsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Told why a store did not hear of something. Never throws. */
  readonly onError: (cause: unknown) => void;
}

/** What one attempt reserved, under a name of its own. */
interface Part {
  readonly name: string;
  readonly counts: readonly CountSpec[];
  readonly store: Pick<CountStore, 'settle' | 'vacate' | 'renew'>;
}

interface Kept extends Held {
  /** When the store should hear that the call still runs. */
  renewAtMs: number;
  /** One for each attempt that was sent, and the last for the one that is under way: so at least one. */
  readonly parts: Part[];
  /** Whether attempts are heard of one by one; else the outcome says how many there were. */
  isFollowed: boolean;
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
  readonly #held = new BriefMap<string, Kept>();

  constructor(options: ReservationsOptions) {
    this.#options = options;
  }

  /** Calls that hold something now. */
  get size(): number {
    return this.#held.size;
  }

  hold(decisionId: string, held: Held): void {
    const { counts, store } = held;
    const parts = [{ name: decisionId, counts, store }];
    this.#held.set(decisionId, { ...held, renewAtMs: this.#renewAtMs(held), parts, isFollowed: false });
  }

  /**
   * Gives back what the call reserved that was never made; of one that was tried before, what the last attempt reserved. Never
   * rejects: a refusal must not turn into anything else.
   */
  async withdraw(decisionId: string): Promise<void> {
    await this.#settle(decisionId, () => 0).catch(this.#options.onError);
  }

  /**
   * Reserves for another attempt what the one before has used up of budgets: nothing, when that was never sent. What is concurrent
   * is held once. Never rejects.
   *
   * @returns Whether there may be one: a budget that is used up, or cannot be asked, says no, and so does the end of the call.
   */
  async again(decisionId: string, wasSent: boolean): Promise<boolean> {
    const kept = this.#held.get(decisionId);
    if (kept === undefined) return true;
    kept.isFollowed = true;
    const counts = kept.counts.filter(({ kind }) => kind !== 'concurrent');
    if (!wasSent || counts.length === 0) return true;
    const { heldMs, more, parts } = kept;
    const part = { name: `${decisionId} ${parts.length + 1}`, counts, store: more };
    try {
      const answer = await more.reserve({ decisionId: part.name, limits: [], counts, heldMs });
      if (answer.kind !== 'taken') return false;
      if (this.#held.get(decisionId) !== kept) {
        await settlePart(part, () => 0);
        return false;
      }
    } catch (cause) {
      this.#options.onError(cause);
      return false;
    }
    parts.push(part);
    return true;
  }

  /** Gives back what `again()` reserved, for an attempt that is not made after all. Never rejects. */
  async notAgain(decisionId: string, wasSent: boolean): Promise<void> {
    const parts = wasSent ? (this.#held.get(decisionId)?.parts ?? []) : [];
    const part = parts.length > 1 ? parts.pop() : undefined;
    await (part && settlePart(part, () => 0).catch(this.#options.onError));
  }

  /**
   * Hears that a call no longer runs, before anybody says what became of it: what is concurrent is given back. Never throws.
   */
  leave(decisionId: string): void {
    const [first] = this.#held.get(decisionId)?.parts ?? [];
    if (first === undefined || first.counts.every(({ kind }) => kind !== 'concurrent')) return;
    const vacated = async (): Promise<void> => await first.store.vacate(first.name, first.counts);
    vacated().catch(this.#options.onError);
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
    const due = [...this.#held.values()].filter(({ renewAtMs }) => renewAtMs <= nowMs);
    await Promise.all(due.map((kept) => this.#renew(kept)));
  }

  async #renew(kept: Kept): Promise<void> {
    kept.renewAtMs = this.#renewAtMs(kept);
    try {
      await Promise.all(
        kept.parts.map(async ({ name, counts, store }) => await store.renew(name, counts, kept.heldMs)),
      );
    } catch (cause) {
      this.#options.onError(cause);
    }
  }

  #renewAtMs({ heldMs }: Held): number {
    return this.#options.clock.monotonicMs() + heldMs / TIMES;
  }

  async #settleBy({ decisionId, costs, attempts = 1 }: Outcome): Promise<void> {
    const { prices = [], isFollowed = false } = this.#held.get(decisionId) ?? {};
    const actual = (unit: string): number =>
      prices
        .filter((price) => price.unit === unit)
        .reduce((sum, { name, estimate }) => sum + (costs?.get(name) ?? estimate), 0);
    // Each of those before the last was made, and nothing says that it cost less than was reserved.
    const before = isFollowed ? 0 : Math.max(0, attempts - 1);
    await this.#settle(
      decisionId,
      ({ kind, unit = '', amount }) => before * amount + (kind === 'cost' ? actual(unit) : amount),
    );
  }

  /** Tells what the last attempt came to; those before it were made. */
  async #settle(decisionId: string, actualOf: (count: CountSpec) => number): Promise<void> {
    const held = this.#held.get(decisionId);
    if (held === undefined) return;
    this.#held.delete(decisionId);
    const last = held.parts.at(-1);
    await Promise.all(held.parts.map((part) => settlePart(part, part === last ? actualOf : ({ amount }) => amount)));
  }
}

async function settlePart({ name, counts, store }: Part, actualOf: (count: CountSpec) => number): Promise<void> {
  const settled = counts.map((count): SettledCount => ({ ...count, actual: actualOf(count) }));
  await store.settle(name, settled);
}
