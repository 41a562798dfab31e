import type { Clock } from '../kit/clock.ts';

const WINDOW_MS = 1000;

/**
 * How many lines of one message may be written a second, so that whoever causes them cannot fill the disk.
 *
 * Messages are constants of the code, so there are few.
 */
export class LogBudget {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #spent = new Map<string, { sinceMs: number; lines: number; suppressed: number }>();

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Lines of `message` suppressed since its last line when this one may be written; `undefined` when it may not. */
  take(message: string): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const spent = this.#spent.get(message);
    if (spent === undefined) {
      this.#spent.set(message, { sinceMs: nowMs, lines: 1, suppressed: 0 });
      return 0;
    }
    if (nowMs - spent.sinceMs >= WINDOW_MS) Object.assign(spent, { sinceMs: nowMs, lines: 0 });
    if (spent.lines >= this.#perSecond) {
      spent.suppressed++;
      return undefined;
    }
    spent.lines++;
    const { suppressed } = spent;
    spent.suppressed = 0;
    return suppressed;
  }
}
