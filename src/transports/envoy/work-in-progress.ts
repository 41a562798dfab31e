/** What is being answered, so that a stop can wait for it. */
export class WorkInProgress {
  readonly #running = new Set<Promise<unknown>>();

  /** `handler`, each of whose runs is followed until it is over. */
  follow<A extends readonly unknown[], R>(handler: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      const running = handler(...args);
      this.#running.add(running);
      try {
        return await running;
      } finally {
        this.#running.delete(running);
      }
    };
  }

  /** Resolves when all that runs now is over. What begins later is not waited for. Never rejects. */
  async over(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
