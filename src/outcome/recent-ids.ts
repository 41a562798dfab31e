/**
 * The last ids that were added: at least `capacity` of them, at most twice as many.
 *
 * Two sets in turn: one that drops its oldest entry at each addition costs ten times as much.
 */
export class RecentIds {
  readonly #capacity: number;
  #younger = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(id: string): void {
    if (this.#younger.size >= this.#capacity) {
      this.#older = this.#younger;
      this.#younger = new Set();
    }
    this.#younger.add(id);
  }

  has(id: string): boolean {
    return this.#younger.has(id) || this.#older.has(id);
  }
}
