import type { AdaptiveSettings } from '../../catalogue/adaptive-settings.ts';

/** How a factor moves. */
export type FactorSettings = Omit<AdaptiveSettings, 'slowCallMs'>;

/** What the end of a call says of the upstream: it served it, served it slowly, or asked for less. */
export type UpstreamSign = 'well' | 'slow' | 'pushed-back';

/**
 * By what the rate of a limit is multiplied, between a minimum and 1: halved when the upstream is in trouble, at most once an
 * interval, and raised by a step for each interval without any (AIMD, RFC 5681 §3.1 in spirit).
 *
 * Synchronous and without a timer: it moves when it is asked. Time that runs backwards moves nothing.
 */
export class AdaptiveFactor {
  readonly #settings: FactorSettings;
  #factor = 1;
  /** When the present interval began. */
  #sinceMs: number;
  /** When it was last halved; no second time within an interval. */
  #halvedMs = -Infinity;
  #calls = 0;
  #slow = 0;
  /** Whether there was trouble in the present interval: then it does not raise the factor. */
  #isTroubled = false;

  /** Beginning at `nowMs`, monotonic milliseconds. */
  constructor(settings: FactorSettings, nowMs: number) {
    this.#settings = settings;
    this.#sinceMs = nowMs;
  }

  /** The factor at `nowMs`, `minimum` … 1. */
  at(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#factor;
  }

  /** Hears how a call ended. */
  hear(sign: UpstreamSign, nowMs: number): void {
    this.#moveTo(nowMs);
    this.#calls += 1;
    if (sign === 'slow') this.#slow += 1;
    const { slowRate, minimumCalls } = this.#settings;
    const isSlow = this.#calls >= minimumCalls && this.#slow * 100 >= slowRate * this.#calls;
    if (sign === 'pushed-back' || (sign === 'slow' && isSlow)) this.halve(nowMs);
  }

  /** Something else is in trouble: halves the factor unless that was done within the last interval. */
  halve(nowMs: number): void {
    this.#moveTo(nowMs);
    const { minimum, intervalMs } = this.#settings;
    this.#isTroubled = true;
    if (nowMs - this.#halvedMs < intervalMs) return;
    this.#factor = Math.max(minimum, this.#factor / 2);
    this.#halvedMs = nowMs;
    this.#begin(nowMs);
  }

  /** Adds a step for each interval that has passed without trouble. */
  #moveTo(nowMs: number): void {
    const { intervalMs, step } = this.#settings;
    const passed = Math.floor((nowMs - this.#sinceMs) / intervalMs);
    if (passed < 1) return;
    const good = this.#isTroubled ? passed - 1 : passed;
    this.#factor = Math.min(1, this.#factor + good * step);
    this.#begin(this.#sinceMs + passed * intervalMs);
  }

  #begin(atMs: number): void {
    this.#sinceMs = atMs;
    this.#calls = 0;
    this.#slow = 0;
    this.#isTroubled = false;
  }
}
