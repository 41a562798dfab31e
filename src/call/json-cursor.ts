/** Not JSON, or not JSON that everybody reads the same way. */
export class Unscannable extends Error {
  override readonly name = 'Unscannable';
}

/** More values than one text may have. */
export class TooManyValues extends Error {
  override readonly name = 'TooManyValues';
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal';

/** Deepest nesting that is followed. */
const MAX_DEPTH = 128;
/** Longest number, bytes. */
const MAX_NUMBER = 1024;
/** Bytes looked at one by one before a string's end is searched natively: short strings are cheaper that way. */
const SHORT = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Moves through JSON text without building anything: no allocation for a value that is passed over, and time linear in
 * the bytes whatever they are.
 *
 * Every method throws `Unscannable` where the text is none, and `TooManyValues` when it has too many.
 */
export class JsonCursor {
  at: number;
  readonly #bytes: Buffer;
  #left: number;

  /** `maxValues`: how many values may be met, members and elements at every depth. */
  constructor(bytes: Uint8Array, at: number, maxValues: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.#left = maxValues;
  }

  /** Whether nothing but white space is left. */
  atEnd(): boolean {
    this.next();
    return this.at === this.#bytes.length;
  }

  /** Moves to what is no white space and shows it; `undefined` at the end. */
  next(): number | undefined {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = this.at;
    while (at < length && isSpace(bytes[at])) at += 1;
    this.at = at;
    return bytes[at];
  }

  /** Moves behind the value here. */
  skip(depth: number): JsonKind {
    this.count();
    switch (this.next()) {
      case OPEN_OBJECT:
        for (let more = this.open(CLOSE_OBJECT, depth); more; more = this.more(CLOSE_OBJECT)) {
          this.key();
          this.skip(depth + 1);
        }
        return 'object';
      case OPEN_ARRAY:
        for (let more = this.open(CLOSE_ARRAY, depth); more; more = this.more(CLOSE_ARRAY)) this.skip(depth + 1);
        return 'array';
      case QUOTE:
        this.#string();
        return 'string';
      default:
        return this.#scalar();
    }
  }

  /** Notes that there is one more value. */
  count(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new TooManyValues();
  }

  /** Moves behind an opening bracket; whether something stands before the closing one, else behind that, too. */
  open(close: number, depth: number): boolean {
    if (depth >= MAX_DEPTH) throw new Unscannable();
    this.at += 1;
    if (this.next() !== close) return true;
    this.at += 1;
    return false;
  }

  /** Moves behind the comma or the closing bracket that comes next; whether it was a comma. */
  more(close: number): boolean {
    const byte = this.next();
    if (byte !== COMMA && byte !== close) throw new Unscannable();
    this.at += 1;
    return byte === COMMA;
  }

  /** Moves behind a member's key and its colon; where the key ended. */
  key(): number {
    if (this.next() !== QUOTE) throw new Unscannable();
    this.#string();
    const end = this.at;
    if (this.next() !== 0x3a) throw new Unscannable();
    this.at += 1;
    return end;
  }

  /** Moves behind a string's closing quote. Looks farther in place each time that a native search met an escaped one. */
  #string(): void {
    this.at += 1;
    for (let window = SHORT; !this.#endsWithin(window) && !this.#endsAtNextQuote(); window *= 2);
  }

  /** Looks at some bytes one by one; whether the string ended there. */
  #endsWithin(window: number): boolean {
    const bytes = this.#bytes;
    const stop = Math.min(this.at + window, bytes.length);
    let at = this.at;
    while (at < stop) {
      const byte = bytes[at++];
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) {
        this.at = at;
        return true;
      }
    }
    this.at = at;
    return false;
  }

  /** Moves behind the next quote, from a place outside of any escape; whether it ends the string. */
  #endsAtNextQuote(): boolean {
    const bytes = this.#bytes;
    const quote = bytes.indexOf(QUOTE, this.at);
    if (quote === -1) throw new Unscannable();
    let run = quote;
    while (run > this.at && bytes[run - 1] === BACKSLASH) run -= 1;
    this.at = quote + 1;
    return (quote - run) % 2 === 0;
  }

  #scalar(): JsonKind {
    switch (this.#bytes[this.at]) {
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  #word(word: string): JsonKind {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#bytes[this.at + index] !== word.charCodeAt(index)) throw new Unscannable();
    }
    this.at += word.length;
    return 'literal';
  }

  /** RFC 8259 §6. What follows is looked at by whoever expects a comma there. */
  #number(): JsonKind {
    const bytes = this.#bytes;
    const start = this.at;
    if (bytes[this.at] === MINUS) this.at += 1;
    if (bytes[this.at] === ZERO) this.at += 1;
    else this.#digits();
    if (bytes[this.at] === 0x2e) {
      this.at += 1;
      this.#digits();
    }
    // The letter E in either case.
    if (((bytes[this.at] ?? 0) | 0x20) === 0x65) this.#exponent();
    if (this.at - start > MAX_NUMBER) throw new Unscannable();
    return 'number';
  }

  #exponent(): void {
    this.at += 1;
    const sign = this.#bytes[this.at];
    if (sign === MINUS || sign === 0x2b) this.at += 1;
    this.#digits();
  }

  /** At least one. */
  #digits(): void {
    const bytes = this.#bytes;
    const start = this.at;
    let at = start;
    for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= 0x39; byte = bytes[at]) at += 1;
    if (at === start) throw new Unscannable();
    this.at = at;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
