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

/** Which members are looked into: key → the plan for the object there. */
export interface ScanPlan extends ReadonlyMap<string, ScanPlan> {}

/** A value in the text. */
export interface ScannedValue extends Span {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'literal';
  /** The members, for an object that the plan names. Keys are unescaped. */
  readonly members?: ReadonlyMap<string, ScannedValue>;
}

/** Deepest nesting that is followed. */
const MAX_DEPTH = 128;
/** Most members of one object that is looked into. */
const MAX_MEMBERS = 4096;
/** Plan for a value whose insides are of no interest. */
const SKIP = undefined;

/**
 * The one value in `bytes`, or `undefined` when there is not exactly one, nesting is deeper than 128, or an object that
 * is looked into has more than 4096 members or the same key twice.
 *
 * @param bytes UTF-8 text.
 */
export function scanJson(bytes: Uint8Array, plan: ScanPlan): ScannedValue | undefined {
  return attempt(() => {
    const scanner = new Scanner(bytes, 0);
    const value = scanner.value(plan, 0);
    return scanner.atEnd() ? value : undefined;
  });
}

/** The items of the array at `span`, each an object that is looked into by `plan` or skipped; `undefined` as above. */
export function scanItems(bytes: Uint8Array, span: Span, plan?: ScanPlan): readonly ScannedValue[] | undefined {
  return attempt(() => new Scanner(bytes, span.start).items(plan));
}

/** Not JSON, or not JSON that everybody reads the same way. */
class Unscannable extends Error {}

function attempt<T>(scan: () => T): T | undefined {
  try {
    return scan();
  } catch (error) {
    if (error instanceof Unscannable || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** Bytes looked at one by one before a string's end is searched natively: short strings are cheaper that way. */
const SHORT = 24;

class Scanner {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  /** Whether nothing but white space is left. */
  atEnd(): boolean {
    this.#space();
    return this.#at === this.#bytes.length;
  }

  value(plan: ScanPlan | undefined, depth: number): ScannedValue {
    this.#space();
    const start = this.#at;
    switch (this.#bytes[start]) {
      case OPEN_OBJECT:
        return this.#object(plan, depth + 1);
      case OPEN_ARRAY:
        this.#array(depth + 1);
        return { kind: 'array', start, end: this.#at };
      case QUOTE:
        this.#string();
        return { kind: 'string', start, end: this.#at };
      default:
        return { kind: this.#scalar() ? 'number' : 'literal', start, end: this.#at };
    }
  }

  items(plan: ScanPlan | undefined): readonly ScannedValue[] {
    const items: ScannedValue[] = [];
    this.#list(OPEN_ARRAY, CLOSE_ARRAY, () => items.push(this.value(plan, 1)));
    return items;
  }

  #object(plan: ScanPlan | undefined, depth: number): ScannedValue {
    if (depth > MAX_DEPTH) throw new Unscannable();
    const start = this.#at;
    const members = plan === undefined ? undefined : new Map<string, ScannedValue>();
    this.#list(OPEN_OBJECT, CLOSE_OBJECT, () => {
      this.#space();
      const keyStart = this.#at;
      this.#string();
      const keyEnd = this.#at;
      this.#space();
      this.#expect(COLON);
      if (plan === undefined || members === undefined) {
        this.value(SKIP, depth);
        return;
      }
      const key = this.#keyAt(keyStart, keyEnd);
      if (members.has(key) || members.size === MAX_MEMBERS) throw new Unscannable();
      members.set(key, this.value(plan.get(key), depth));
    });
    return { kind: 'object', start, end: this.#at, ...(members === undefined ? {} : { members }) };
  }

  #array(depth: number): void {
    if (depth > MAX_DEPTH) throw new Unscannable();
    this.#list(OPEN_ARRAY, CLOSE_ARRAY, () => void this.value(SKIP, depth));
  }

  /** `open`, then `entry` any number of times with commas between, then `close`. */
  #list(open: number, close: number, entry: () => void): void {
    this.#expect(open);
    this.#space();
    if (this.#bytes[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      entry();
      this.#space();
      if (this.#bytes[this.#at] === close) break;
      this.#expect(COMMA);
    }
    this.#at++;
  }

  /** Moves behind a string's closing quote. */
  #string(): void {
    this.#expect(QUOTE);
    const near = Math.min(this.#at + SHORT, this.#bytes.length);
    while (this.#at < near) {
      const byte = this.#bytes[this.#at++];
      if (byte === QUOTE) return;
      if (byte === BACKSLASH) this.#at++;
    }
    // Both loops count escapes from a point that is outside of any, so a quote behind an odd run of backslashes is text.
    const from = this.#at;
    for (;;) {
      const quote = this.#bytes.indexOf(QUOTE, this.#at);
      if (quote === -1) throw new Unscannable();
      this.#at = quote + 1;
      let run = quote;
      while (run > from && this.#bytes[run - 1] === BACKSLASH) run--;
      if ((quote - run) % 2 === 0) return;
    }
  }

  #keyAt(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
  }

  /** Moves behind a number, `true`, `false` or `null`; says whether it was a number. */
  #scalar(): boolean {
    const start = this.#at;
    while (isScalarByte(this.#bytes[this.#at])) this.#at++;
    if (this.#at - start > MAX_SCALAR) throw new Unscannable();
    const text = this.#bytes.toString('latin1', start, this.#at);
    if (text === 'true' || text === 'false' || text === 'null') return false;
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw new Unscannable();
    return true;
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) throw new Unscannable();
    this.#at++;
  }
}

/** Longest number, bytes. */
const MAX_SCALAR = 1024;

/** Letters, digits, sign and point: what numbers and literals are made of. */
function isScalarByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  );
}
