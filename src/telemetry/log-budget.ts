import type { Clock } from '../kit/clock.ts';

const SECOND_MS = 1000;

/**
 * How many lines of one message may be written in a time, so that whoever causes them cannot fill the disk.
 *
 * Messages are constants of the code, so there are few.
 */
export class LogBudget {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #windowMs: number;
  readonly #spent = new Map<string, { sinceMs: number; lines: number; suppressed: number }>();

  /** At most `most` lines of each message in `windowMs` milliseconds, a second without it. */
  constructor(clock: Clock, most: number, windowMs = SECOND_MS) {
    this.#clock = clock;
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Lines of `message` suppressed since its last line when this one may be written; `undefined` when it may not. */
  take(message: string): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const spent = this.#spent.get(message);
    if (spent === undefined) {
      this.#spent.set(message, { sinceMs: nowMs, lines: 1, suppressed: 0 });
      return 0;
    }
    if (nowMs - spent.sinceMs >= this.#windowMs) Object.assign(spent, { sinceMs: nowMs, lines: 0 });
    if (spent.lines >= this.#most) {
      spent.suppressed++;
      return undefined;
    }
    spent.lines++;
    const { suppressed } = spent;
    spent.suppressed = 0;
    return suppressed;
  }
}
