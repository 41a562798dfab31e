interface Batch {
  running: number;
  /** Hears that nothing of it runs any more. */
  onOver?: () => void;
}

/** What is being answered, so that a stop can wait for it. */
export class WorkInProgress {
  #batch: Batch = { running: 0 };
  #earlier: Promise<unknown> = Promise.resolve();

  /** `handler`, each of whose runs is followed until it is over. */
  follow<A extends readonly unknown[], R>(handler: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      const batch = this.#batch;
      batch.running += 1;
      try {
        return await handler(...args);
      } finally {
        batch.running -= 1;
        if (batch.running === 0) batch.onOver?.();
      }
    };
  }

  /** Resolves when all that runs now is over. What begins later is not waited for. Never rejects. */
  async over(): Promise<void> {
    const batch = this.#batch;
    if (batch.running > 0) {
      this.#batch = { running: 0 };
      const over = new Promise<void>((resolve) => (batch.onOver = resolve));
      this.#earlier = Promise.all([this.#earlier, over]);
    }
    await this.#earlier;
  }
}
