import { canonicalJson } from '../kit/canonical-json.ts';
import type { JsonValue } from '../kit/json.ts';

/** A set of JSON values by value, not by identity. Membership of a string or number takes constant time. */
export class JsonSet {
  readonly #scalars = new Set<JsonValue>();
  readonly #composites = new Set<string>();

  constructor(values: Iterable<JsonValue>) {
    for (const value of values) {
      if (isComposite(value)) this.#composites.add(canonicalJson(value));
      else this.#scalars.add(value);
    }
  }

  get size(): number {
    return this.#scalars.size + this.#composites.size;
  }

  has(value: JsonValue): boolean {
    if (!isComposite(value)) return this.#scalars.has(value);
    return this.#composites.size > 0 && this.#composites.has(canonicalJson(value));
  }
}

function isComposite(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null;
}
