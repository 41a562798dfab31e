/** How many frames that cost the caller nothing a connection may send: `burst` at once, `perSecond` after that. */
export interface FrameRateOptions {
  readonly burst: number;
  readonly perSecond: number;
}

/** Counts such frames of one connection. */
export class FrameRate {
  readonly #options: FrameRateOptions;
  #level: number;
  #atMs: number;

  constructor(options: FrameRateOptions, nowMs: number) {
    this.#options = options;
    this.#level = options.burst;
    this.#atMs = nowMs;
  }

  /** Counts one; `false` when it is one too many. Time that runs backwards adds nothing. */
  allows(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    const { burst, perSecond } = this.#options;
    this.#level = Math.min(burst, this.#level + (elapsedMs * perSecond) / 1000);
    this.#atMs = Math.max(nowMs, this.#atMs);
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }
}
