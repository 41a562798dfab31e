/** What everything is summed under for which there is no room of its own. */
export const OTHERS = '(others)';

/** Sums by name, of at most so many names. Names may be any text. */
export class BoundedSums {
  readonly #most: number;
  readonly #sums = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What is no text or no number is left out. */
  add(name: unknown, amount: unknown): void {
    if (typeof name !== 'string' || typeof amount !== 'number' || !Number.isFinite(amount)) return;
    const own = this.#sums.has(name) || this.#sums.size < this.#most ? name : OTHERS;
    this.#sums.set(own, (this.#sums.get(own) ?? 0) + amount);
  }

  /** All of them, the largest first. */
  list(): readonly (readonly [name: string, sum: number])[] {
    return [...this.#sums].toSorted(([name, sum], [other, otherSum]) => otherSum - sum || (name < other ? -1 : 1));
  }
}
