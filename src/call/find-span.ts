import type { Span } from './call.ts';

/** Member names and array indexes from the outermost value inwards. */
export type JsonPath = readonly (string | number)[];

/** How far the closing quote is looked for in place. */
const NEAR = 4;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/**
 * Where the value at `path` stands in a JSON text that the strict reader accepted, or `undefined` when it is not there.
 *
 * A second scan, run only for edits and echoes: reading pays nothing for positions. For other bytes it ends, and no more
 * is promised.
 *
 * @throws SyntaxError for bytes that the reader did not accept.
 */
export function findSpan(bytes: Uint8Array, path: JsonPath): Span | undefined {
  return new SpanFinder(bytes).find(path);
}

class SpanFinder {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  find(path: JsonPath): Span | undefined {
    this.#skipSpace();
    for (const step of path) {
      const entered = typeof step === 'string' ? this.#enterMember(step) : this.#enterElement(step);
      if (!entered) return undefined;
    }
    const start = this.#at;
    this.#skipValue();
    return { start, end: this.#at };
  }

  /** Stands at the value of the member `name`, if the value here is an object that has it. */
  #enterMember(name: string): boolean {
    if (!this.#open(0x7b)) return false;
    while (this.#isBefore(CLOSE_OBJECT)) {
      const key = this.#key();
      this.#skipSpace();
      this.#step();
      if (key === name) return true;
      this.#skipValue();
      this.#skipSeparator();
    }
    return false;
  }

  /** Stands at the element `index`, if the value here is an array that has it. */
  #enterElement(index: number): boolean {
    if (!this.#open(0x5b)) return false;
    for (let left = index; this.#isBefore(CLOSE_LIST); left -= 1) {
      if (left === 0) return true;
      this.#skipValue();
      this.#skipSeparator();
    }
    return false;
  }

  /** Whether something stands here and it is not the closing `bracket`. */
  #isBefore(bracket: number): boolean {
    return this.#at < this.#bytes.length && this.#bytes[this.#at] !== bracket;
  }

  #open(bracket: number): boolean {
    if (this.#bytes[this.#at] !== bracket) return false;
    this.#step();
    return true;
  }

  /** Over one byte and the white space after it. */
  #step(): void {
    this.#at += 1;
    this.#skipSpace();
  }

  #skipSeparator(): void {
    this.#skipSpace();
    if (this.#bytes[this.#at] === COMMA) this.#step();
  }

  #skipSpace(): void {
    while ((this.#bytes[this.#at] ?? QUOTE) <= 0x20) this.#at += 1;
  }

  #key(): string {
    const start = this.#at;
    this.#skipString();
    const key: string = JSON.parse(this.#bytes.toString('utf8', start, this.#at));
    return key;
  }

  #skipString(): void {
    let quote = this.#nextQuote(this.#at + 1);
    while (quote < this.#bytes.length && this.#isEscaped(quote)) quote = this.#nextQuote(quote + 1);
    this.#at = quote + 1;
  }

  /** Looks at a few bytes in place first: in texts full of quotes that is cheaper than a native search for each. */
  #nextQuote(from: number): number {
    for (let at = from; at < from + NEAR; at += 1) if (this.#bytes[at] === QUOTE) return at;
    const quote = this.#bytes.indexOf(QUOTE, from + NEAR);
    return quote === -1 ? this.#bytes.length : quote;
  }

  #isEscaped(quote: number): boolean {
    let before = quote - 1;
    while (this.#bytes[before] === BACKSLASH) before -= 1;
    return (quote - before) % 2 === 0;
  }

  #skipValue(): void {
    let depth = 0;
    do {
      const byte = this.#bytes[this.#at];
      if (byte === QUOTE) this.#skipString();
      else if (byte === 0x7b || byte === 0x5b) depth += this.#count(1);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth += this.#count(-1);
      else this.#skipPlain();
    } while (depth > 0 && this.#at < this.#bytes.length);
  }

  #count(change: number): number {
    this.#at += 1;
    return change;
  }

  /** Over a number or a word, or over what stands between the members of a value that is skipped. */
  #skipPlain(): void {
    const bytes = this.#bytes;
    do this.#at += 1;
    while (this.#at < bytes.length && !endsPlain(bytes[this.#at] ?? QUOTE));
  }
}

/** Whether `byte` cannot belong to a number or a word. */
function endsPlain(byte: number): boolean {
  return byte <= 0x20 || byte === COMMA || byte === 0x3a || byte === QUOTE || isBracket(byte);
}

function isBracket(byte: number): boolean {
  return byte === 0x7b || byte === CLOSE_OBJECT || byte === 0x5b || byte === CLOSE_LIST;
}
