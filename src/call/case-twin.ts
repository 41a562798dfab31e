/**
 * A key as a reader sees it that ignores case: Go's `encoding/json`, .NET, Jackson on request.
 *
 * Upper, then lower case: so that `ſ` meets `s`, the Kelvin sign meets `k` and the dotless `ı` meets `i`, whichever way a
 * reader folds.
 */
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase();
}

/** Tells keys that differ from one of `names` only by case. */
export class TwinDetector {
  readonly #exact: ReadonlySet<string>;
  readonly #folded: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#exact = new Set(names);
    this.#folded = new Set([...this.#exact].map(foldCase));
  }

  /** Whether some reader takes `key` for a name that it is not. */
  isTwin(key: string): boolean {
    return !this.#exact.has(key) && this.#folded.has(foldCase(key));
  }
}
