import type { BudgetLine, CountSpec } from '../../stages/limit/count-store.ts';

interface Budget {
  readonly spent: number;
  readonly most: number;
  readonly untilMs: number;
  /** Which budget of its name it is: one that began anew is another one. */
  readonly life: number;
}

/** More than can be counted exactly is not counted. */
const MOST_SPENT = 2 ** 52;

/** What is over is looked for no more often: who asks for ever more must not keep everybody waiting. */
export const SWEEP_EVERY_MS = 1000;

/** Budgets by name. The same arithmetic is in `stores/redis/reserve-script.ts`. */
export class Budgets {
  readonly #capacity: number;
  readonly #budgets = new Map<string, Budget>();
  #lives = 0;
  #sweptMs = -Infinity;

  /** At most `capacity` budgets, ≥ 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Milliseconds until there is enough, 0 when there is. */
  waitMs(name: string, count: CountSpec, nowMs: number): number {
    const { spent, most, untilMs } = this.#read(name, count, nowMs);
    if (spent + count.amount <= most) return 0;
    return count.of === 'token' || count.amount > most ? Infinity : untilMs - nowMs;
  }

  take(name: string, count: CountSpec, nowMs: number): { readonly left: number; readonly life: number } {
    const { spent, most, untilMs, life } = this.#read(name, count, nowMs);
    const next = {
      spent: spent + count.amount,
      most,
      untilMs: count.of === 'token' ? Math.max(untilMs, nowMs + count.lastsMs) : untilMs,
      life: life === 0 ? ++this.#lives : life,
    };
    this.#budgets.set(name, next);
    return { left: most - next.spent, life: next.life };
  }

  /** Counts `amount` more or less, when it is still the same budget. */
  move(name: string, amount: number, life: number | undefined): void {
    const budget = this.#budgets.get(name);
    if (budget === undefined || budget.life !== life) return;
    this.#budgets.set(name, { ...budget, spent: Math.min(MOST_SPENT, budget.spent + amount) });
  }

  look(name: string, nowMs: number): BudgetLine | undefined {
    const budget = this.#live(name, nowMs);
    return budget && { spent: budget.spent, most: budget.most, forMs: budget.untilMs - nowMs };
  }

  grant(name: string, amount: number, nowMs: number): boolean {
    const budget = this.#live(name, nowMs);
    if (budget === undefined) return false;
    this.#budgets.set(name, { ...budget, spent: Math.max(-MOST_SPENT, budget.spent - amount) });
    return true;
  }

  forget(name: string, nowMs: number): boolean {
    const wasThere = this.#live(name, nowMs) !== undefined;
    this.#budgets.delete(name);
    return wasThere;
  }

  /** Whether one more can be kept, after what is over was forgotten. */
  hasRoom(name: string, nowMs: number): boolean {
    if (this.#budgets.has(name) || this.#budgets.size < this.#capacity) return true;
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return false;
    this.#sweptMs = nowMs;
    for (const [one, { untilMs }] of this.#budgets) if (untilMs <= nowMs) this.#budgets.delete(one);
    return this.#budgets.size < this.#capacity;
  }

  /** As it is for `count`; one that is not there or is over is new. */
  #read(name: string, count: CountSpec, nowMs: number): Budget {
    const known = this.#live(name, nowMs);
    if (known === undefined) return { spent: 0, most: count.most, untilMs: nowMs + count.lastsMs, life: 0 };
    return { ...known, most: count.of === 'token' ? Math.min(known.most, count.most) : count.most };
  }

  #live(name: string, nowMs: number): Budget | undefined {
    const known = this.#budgets.get(name);
    return known !== undefined && known.untilMs > nowMs ? known : undefined;
  }
}
