import type { Clock } from '../../kit/clock.ts';

export interface StoreHealthOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Failures in a row after which the store counts as lost, ≥ 1. */
  readonly failuresToLose: number;
  /** Told when the store is lost and when it can be had again. */
  readonly onChange: (isLost: boolean, cause: unknown) => void;
  /** What stands behind a failure, where more is known than who asked was told. */
  readonly behind?: (cause: unknown) => unknown;
}

/**
 * Whether a store can be had: a breaker with two states.
 *
 * A few failures in a row and nobody asks any more, so that no call waits for what will not come; who may ask then is a probe
 * that no call waits for. One success and everybody asks again.
 */
export class StoreHealth {
  readonly #options: StoreHealthOptions;
  #failures = 0;
  #lostSinceMs: number | undefined;
  #lostBeforeMs = 0;
  #cause: unknown;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  get isLost(): boolean {
    return this.#lostSinceMs !== undefined;
  }

  /** Why it was lost; the last failure otherwise. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Milliseconds for which the store has been lost, in all. */
  lostMs(): number {
    return this.#lostBeforeMs + this.#lostForMs();
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#lostSinceMs === undefined) return;
    this.#lostBeforeMs += this.#lostForMs();
    this.#lostSinceMs = undefined;
    this.#options.onChange(false, this.#cause);
  }

  failed(cause: unknown): void {
    this.#failures += 1;
    this.#cause = this.#options.behind?.(cause) ?? cause;
    if (this.isLost || this.#failures < this.#options.failuresToLose) return;
    this.#lostSinceMs = this.#options.clock.monotonicMs();
    this.#options.onChange(true, this.#cause);
  }

  #lostForMs(): number {
    return this.#lostSinceMs === undefined ? 0 : this.#options.clock.monotonicMs() - this.#lostSinceMs;
  }
}
