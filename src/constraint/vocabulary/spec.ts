import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { nearest } from '../../kit/nearest.ts';
import { ConstraintError } from '../constraint-error.ts';
import { pointerOf } from '../pointer.ts';
import { sayType } from '../say.ts';

/** Most values in one list of a constraint. */
const MAX_VALUES = 10_000;

/** The members of one constraint as its author wrote them, read with errors that say where and what instead. */
export class Spec {
  readonly pointer: string;
  readonly #members: JsonObject;

  /** @throws ConstraintError when a member is none of `known`. */
  constructor(members: JsonObject, pointer: string, known: readonly string[]) {
    this.pointer = pointer;
    this.#members = members;
    for (const name of members.keys()) {
      if (name !== 'c' && !known.includes(name)) throw this.#unknown(name, known);
    }
  }

  /** The pointer of a member. */
  at(...steps: readonly (string | number)[]): string {
    return this.pointer + pointerOf(...steps);
  }

  /** An error at a member. */
  error(name: string, message: string, suggestion?: string): ConstraintError {
    return new ConstraintError(this.at(name), message, suggestion);
  }

  /** The member, which must be there. */
  value(name: string): JsonValue {
    const value = this.#members.get(name);
    if (value === undefined) throw new ConstraintError(this.pointer, `needs the member ${JSON.stringify(name)}`);
    return value;
  }

  number(name: string): number | undefined {
    return this.#optional(name, 'a number', (value) => typeof value === 'number');
  }

  boolean(name: string): boolean | undefined {
    return this.#optional(name, 'true or false', (value) => typeof value === 'boolean');
  }

  text(name: string): string | undefined {
    return this.#optional(name, 'a string', (value) => typeof value === 'string');
  }

  object(name: string): JsonObject {
    const value = this.value(name);
    if (!isJsonObject(value)) throw this.error(name, `must be an object, not ${sayType(value)}`);
    return value;
  }

  /** A list of 1 to 10 000 values, which must be there. */
  list(name: string): readonly JsonValue[] {
    const value = this.value(name);
    if (!isJsonArray(value)) throw this.error(name, `must be a list, not ${sayType(value)}`);
    if (value.length === 0) throw this.error(name, 'must not be empty');
    if (value.length > MAX_VALUES) throw this.error(name, `must have at most ${MAX_VALUES} entries`);
    return value;
  }

  /** A list of strings, if it is there. */
  texts(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined;
    return this.list(name).map((entry, index) => {
      if (typeof entry === 'string') return entry;
      throw new ConstraintError(this.at(name, index), `must be a string, not ${sayType(entry)}`);
    });
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  #optional<T extends JsonValue>(name: string, what: string, is: (value: JsonValue) => value is T): T | undefined {
    const value = this.#members.get(name);
    if (value === undefined) return undefined;
    if (!is(value)) throw this.error(name, `must be ${what}, not ${sayType(value)}`);
    return value;
  }

  #unknown(name: string, known: readonly string[]): ConstraintError {
    const meant = nearest(name, known);
    const suggestion =
      meant === undefined
        ? `Known members: ${known.length === 0 ? 'none' : known.join(', ')}.`
        : `Did you mean ${JSON.stringify(meant)}?`;
    return new ConstraintError(this.at(name), 'unknown member', suggestion);
  }
}
