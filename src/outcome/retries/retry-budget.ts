import type { RetrySettings } from '../../catalogue/retry-settings.ts';

type Share = Pick<RetrySettings, 'budgetPercent' | 'budgetReserve'>;

/**
 * How many further attempts the calls to one server may make: a share of the calls, and a reserve.
 *
 * After n calls at most `budgetReserve + n × budgetPercent / 100` further attempts were made. It needs no clock: where nothing
 * is called, nothing is tried again either. Counted in hundredths, so the arithmetic is exact for whole percents.
 */
export class RetryBudget {
  /** Hundredths of attempts that may be made; `undefined` before the first call. */
  #left: number | undefined;

  /** One call begins. */
  deposit({ budgetPercent, budgetReserve }: Share): void {
    const most = budgetReserve * 100;
    this.#left = Math.min(most, (this.#left ?? most) + budgetPercent);
  }

  /** Takes one further attempt. @returns Whether there was one. */
  take(): boolean {
    if (this.#left === undefined || this.#left < 100) return false;
    this.#left -= 100;
    return true;
  }
}
