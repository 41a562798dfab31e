/**
 * A map for entries that come and go all the time, in the order in which they were set.
 *
 * A `Map` of V8 takes a new table whenever the old one is full of deleted entries, and leaves in the old one what was there at that
 * moment. Once it is in old memory, so are the tables that follow, and each that was left behind keeps all of its entries out of
 * the reach of the quick collections until the next full one: a value that lived for a millisecond is copied twice and stays for
 * seconds. Here tables hold a cell for each value, and a deleted cell leads nowhere.
 */
export class BriefMap<K, V> {
  readonly #cells = new Map<K, { value: V | undefined }>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: K): boolean {
    return this.#cells.has(key);
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value;
  }

  /** Sets an entry, behind all others: also one that was there before. */
  set(key: K, value: V): void {
    this.delete(key);
    this.#cells.set(key, { value });
  }

  /** Deletes an entry. @returns Its value; `undefined` when it was not there. */
  delete(key: K): V | undefined {
    const cell = this.#cells.get(key);
    if (cell === undefined) return undefined;
    this.#cells.delete(key);
    const { value } = cell;
    cell.value = undefined;
    return value;
  }

  /** The keys, the one that was set first before the others. Deleting while going through them is safe. */
  keys(): Iterable<K> {
    return this.#cells.keys();
  }

  /** The values in the same order. */
  *values(): Iterable<V> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value;
  }
}
