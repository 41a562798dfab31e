/** How much of the log refusals may take, and with it what each other byte earns them (DESIGN §8: 20 %). */
export const REFUSAL_QUOTA = 0.2;
const EARNED = REFUSAL_QUOTA / (1 - REFUSAL_QUOTA);
const DAY_MS = 86_400_000;

export interface RefusalQuotaOptions {
  /** Bytes that a service which refuses for the first time may write at once. */
  readonly capacity: number;
  readonly monotonicMs: () => number;
}

/**
 * The room that refusals have in the log, in bytes: full at first, filled by a quarter of each other record's length, and wholly
 * within a day. A flood of refusals writes no more than that, whatever it costs the caller to be refused.
 */
export class RefusalQuota {
  readonly #options: RefusalQuotaOptions;
  #left: number;
  #atMs: number;

  constructor(options: RefusalQuotaOptions) {
    this.#options = options;
    this.#left = options.capacity;
    this.#atMs = options.monotonicMs();
  }

  /** Whether refusals have to be counted instead of written. */
  get isSpent(): boolean {
    this.#refill();
    return this.#left <= 0;
  }

  /** A refusal of `length` was written. The last one may overdraw. */
  take(length: number): void {
    this.#left -= length;
  }

  /** Another record of `length` was written. */
  earn(length: number): void {
    this.#left = Math.min(this.#options.capacity, this.#left + length * EARNED);
  }

  #refill(): void {
    const nowMs = this.#options.monotonicMs();
    this.#left = Math.min(
      this.#options.capacity,
      this.#left + ((nowMs - this.#atMs) / DAY_MS) * this.#options.capacity,
    );
    this.#atMs = nowMs;
  }
}
