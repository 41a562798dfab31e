/** Label values in our metrics look like this; the client joins values with `|`, so others could corrupt a series. */
const SAFE = /^[A-Za-z0-9_./-]{1,64}$/;

/**
 * The values one label may have. Everything else counts as `_other` (not a configured name) or `_invalid` (not even the
 * form of one), so that no caller can make a new series.
 */
export class LabelSet {
  #known: ReadonlySet<string>;

  constructor(known: Iterable<string>) {
    this.#known = new Set([...known].filter((value) => SAFE.test(value)));
  }

  /** Takes new names into use, such as those of a reloaded catalogue. */
  replace(known: Iterable<string>): void {
    this.#known = new Set([...known].filter((value) => SAFE.test(value)));
  }

  /** The value to label with. */
  fold(value: string): string {
    if (this.#known.has(value)) return value;
    return SAFE.test(value) ? '_other' : '_invalid';
  }
}

/** Counts the distinct label sets of one metric up to a limit. */
export class SetBudget {
  readonly #limit: number;
  readonly #seen = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Whether a sample with these label values may be its own series. Once yes, always yes. */
  admits(...values: readonly string[]): boolean {
    const key = values.join('|');
    if (this.#seen.has(key)) return true;
    if (this.#seen.size >= this.#limit) return false;
    this.#seen.add(key);
    return true;
  }
}
