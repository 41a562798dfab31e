/** How far a load is, for those who wait for it. */
export class Progress {
  #count = 0;
  #waiting: { readonly until: number; readonly resolve: () => void } | undefined;

  get count(): number {
    return this.#count;
  }

  step(): void {
    this.#count += 1;
    if (this.#waiting === undefined || this.#count < this.#waiting.until) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }

  /** Resolves after so many more steps. For one at a time. */
  more(steps: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { until: this.#count + steps, resolve };
    return promise;
  }
}
