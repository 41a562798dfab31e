import type { StoreHealth } from './store-health.ts';

export interface HeartOptions {
  /** Says that this instance lives, and answers how many do. Rejects when the store cannot be had. */
  readonly beat: () => Promise<number>;
  readonly health: StoreHealth;
  /** Instances that there are at least, ≥ 1. */
  readonly atLeast: number;
  readonly everyMs: number;
  /** How often a lost store is probed. */
  readonly probeMs: number;
}

/** Says that this instance lives, hears how many do, and finds out when a lost store can be had again. */
export class Heart implements Disposable {
  readonly #options: HeartOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  #instances: number;
  #isBeating = false;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#instances = options.atLeast;
    const { health, everyMs, probeMs } = options;
    this.#timers = [
      setInterval(() => void this.beat(), everyMs).unref(),
      setInterval(() => void (health.isLost && this.beat()), probeMs).unref(),
    ];
  }

  /** As last heard. */
  get instances(): number {
    return this.#instances;
  }

  /** Beats once. One at a time, so that a store that hangs is not asked for ever more. Never rejects. */
  async beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    const { beat, health, atLeast } = this.#options;
    try {
      this.#instances = Math.max(atLeast, await beat());
      health.succeeded();
    } catch (cause) {
      health.failed(cause);
    } finally {
      this.#isBeating = false;
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
