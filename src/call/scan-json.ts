/**
 * Finds where values stand in JSON text without building them: for replies that pass byte for byte.
 *
 * Stricter than a parser in one thing, duplicate keys in the objects that are looked into, and looser in others: any
 * number, escape or control character inside a value may pass, since it is not read here and no two parsers disagree
 * about where such a value ends. What is read, or edited, goes through `parse-json.ts`.
 *
 * @module
 */
import type { Span } from './call.ts';
import { JsonCursor, type JsonKind, TooManyValues, Unscannable } from './json-cursor.ts';

/** Which members are looked into: key → the plan for the object there. */
export interface ScanPlan extends ReadonlyMap<string, ScanPlan> {}

/** A value in the text. */
export interface ScannedValue extends Span {
  readonly kind: JsonKind;
  /** The members, for an object that the plan names. Keys are unescaped. */
  readonly members?: ReadonlyMap<string, ScannedValue>;
}

/** Why a text was not scanned: not one JSON value that everybody reads the same way, or one with too many values. */
export type ScanFault = 'malformed' | 'too-many';

/** Most values in one text, members and elements at every depth: some 10 ms of scanning (benchmarks/micro/replies.ts). */
export const MAX_VALUES = 250_000;
/** Most members of one object that is looked into. */
const MAX_MEMBERS = 4096;

/**
 * The one value in `bytes`: `malformed` when there is not exactly one, nesting is deeper than 128, or an object that is
 * looked into has more than 4096 members or the same key twice; `too-many` when it has more than 250 000 values.
 *
 * @param bytes UTF-8 text.
 */
export function scanJson(bytes: Uint8Array, plan: ScanPlan): ScannedValue | ScanFault {
  return attempt(() => {
    const scanner = new Scanner(bytes, 0);
    const value = scanner.value(plan, 0);
    return scanner.atEnd() ? value : 'malformed';
  });
}

/**
 * The items of the array at `span`, each an object that is looked into by `plan` or skipped. An item with the same key
 * twice, or with more than 4096 members, is there without its members: it does not spoil the others.
 *
 * @param maxItems More than so many are `too-many`.
 */
export function scanItems(
  bytes: Uint8Array,
  span: Span,
  maxItems: number,
  plan?: ScanPlan,
): readonly ScannedValue[] | ScanFault {
  return attempt(() => new Scanner(bytes, span.start).items(plan, maxItems));
}

function attempt<T>(scan: () => T): T | ScanFault {
  try {
    return scan();
  } catch (error) {
    if (error instanceof TooManyValues) return 'too-many';
    if (error instanceof Unscannable || error instanceof SyntaxError) return 'malformed';
    throw error;
  }
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;

class Scanner {
  readonly #bytes: Buffer;
  readonly #cursor: JsonCursor;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#cursor = new JsonCursor(bytes, at, MAX_VALUES);
  }

  atEnd(): boolean {
    return this.#cursor.atEnd();
  }

  value(plan: ScanPlan | undefined, depth: number): ScannedValue {
    const cursor = this.#cursor;
    const first = cursor.next();
    const start = cursor.at;
    if (first === OPEN_OBJECT && plan !== undefined) {
      const object = this.#object(plan, depth);
      if (object.members === undefined) throw new Unscannable();
      return object;
    }
    const kind = cursor.skip(depth);
    return { kind, start, end: cursor.at };
  }

  #item(plan: ScanPlan | undefined): ScannedValue {
    return this.#cursor.next() === OPEN_OBJECT && plan !== undefined ? this.#object(plan, 1) : this.value(undefined, 1);
  }

  items(plan: ScanPlan | undefined, maxItems: number): readonly ScannedValue[] {
    const items: ScannedValue[] = [];
    for (let more = this.#cursor.open(CLOSE_ARRAY, 0); more; more = this.#cursor.more(CLOSE_ARRAY)) {
      if (items.length === maxItems) throw new TooManyValues();
      items.push(this.#item(plan));
    }
    return items;
  }

  /** The object here, without members when not everybody would read the same ones. */
  #object(plan: ScanPlan, depth: number): ScannedValue {
    const cursor = this.#cursor;
    const start = cursor.at;
    const members = new Map<string, ScannedValue>();
    let clear = true;
    cursor.count();
    for (let more = cursor.open(CLOSE_OBJECT, depth); more; more = cursor.more(CLOSE_OBJECT)) {
      cursor.next();
      const [keyStart, keyEnd] = [cursor.at, cursor.key()];
      const key: string = clear ? this.#keyAt(keyStart, keyEnd) : '';
      clear &&= !members.has(key) && members.size < MAX_MEMBERS;
      const value = this.value(clear ? plan.get(key) : undefined, depth + 1);
      if (clear) members.set(key, value);
    }
    return { kind: 'object', start, end: cursor.at, ...(clear ? { members } : {}) };
  }

  #keyAt(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
  }
}
