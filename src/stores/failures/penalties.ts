import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';

export interface PenaltiesOptions {
  /** Failures in the window after which there is a pause, ≥ 1. */
  readonly most: number;
  readonly windowS: number;
  readonly pauseS: number;
  /** Keys that are remembered, ≥ 1: the one that failed first goes first. */
  readonly capacity: number;
}

/**
 * Counts failures by key, and says how long a key with too many must wait.
 *
 * A fixed window is enough here: nobody is owed an exact number of failures. What it counts with keeps each key until its window
 * ends, however many come; here they have an end.
 */
export class Penalties {
  readonly #options: PenaltiesOptions;
  readonly #limiter: RateLimiterMemory;
  readonly #keys = new Set<string>();

  constructor(options: PenaltiesOptions) {
    this.#options = options;
    this.#limiter = new RateLimiterMemory({ points: options.most, duration: options.windowS, keyPrefix: '' });
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#keys.size;
  }

  /** Milliseconds until the key may be tried again; 0: now. */
  async waitMs(key: string): Promise<number> {
    if (!this.#keys.has(key)) return 0;
    const counted = await this.#limiter.get(key);
    if (counted === null || counted.msBeforeNext <= 0) {
      this.#keys.delete(key);
      return 0;
    }
    return counted.consumedPoints >= this.#options.most ? counted.msBeforeNext : 0;
  }

  async failed(key: string): Promise<void> {
    const { most, pauseS, capacity } = this.#options;
    this.#keys.add(key);
    const { consumedPoints } = await this.#limiter.penalty(key);
    if (consumedPoints === most) await this.#limiter.block(key, pauseS);
    const [oldest] = this.#keys;
    if (this.#keys.size <= capacity || oldest === undefined) return;
    this.#keys.delete(oldest);
    await this.#limiter.delete(oldest);
  }
}
