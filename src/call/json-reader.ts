import type { JsonObject, JsonValue } from '../kit/json.ts';
import { JsonFault } from './json-fault.ts';
import { NumberReader } from './number-reader.ts';
import { closingQuote, isEscaped, lastLongEnd } from './string-end.ts';

/** What a text may hold at most. */
export interface JsonTextLimits {
  /** Containers inside each other; the outermost is 1. */
  readonly maxDepth: number;
  /** Object members and array elements, over the whole text. */
  readonly maxMembers: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Not a code unit: the text is over. */
const END = -1;

/** Strings up to this length are looked at in place; beyond it the native reader is faster (benchmarks/micro/reader.ts). */
const SHORT_STRING = 40;
/** How far the closing quote is looked for in place. */
const NEAR = 4;
/** A string with more escaped quotes than this is searched for its end as a whole. */
const FEW_QUOTES = 8;
/** How much of the rest of the text is searched for a string's end before it is guessed: units, or this share. */
const LONG_STRING = 4096;
const LONG_SHARE = 1 / 8;

/**
 * One pass over a JSON text (RFC 8259) that keeps what `JSON.parse` forgets: duplicate keys, how a number was written,
 * which objects have `__proto__`. What it accepts has the value that `JSON.parse` gives.
 *
 * The text is well-formed Unicode already. Strings may share memory with the text: whoever keeps one keeps the text.
 */
export class JsonReader {
  readonly #text: string;
  readonly #limits: JsonTextLimits;
  #at = 0;
  #depth = 0;
  #members = 0;
  #guessed = false;
  readonly #numbers: NumberReader;

  constructor(text: string, limits: JsonTextLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#numbers = new NumberReader(text);
  }

  /** Whether some number was written with a fraction or an exponent, such as `1.0`. Known after `read()`. */
  get sawFraction(): boolean {
    return this.#numbers.sawFraction;
  }

  /**
   * The value of the whole text.
   *
   * @throws JsonFault where the text stops being acceptable.
   */
  read(): JsonValue {
    const value = this.#value(this.#next());
    if (this.#next() !== END) throw this.#fault('json.syntax');
    return value;
  }

  #fault(reason: JsonFault['reason'], at = this.#at): JsonFault {
    return new JsonFault(reason, at);
  }

  /** Skips white space and shows the code unit that comes then. */
  #next(): number {
    const text = this.#text;
    const length = text.length;
    let at = this.#at;
    let code = END;
    while (at < length) {
      code = text.charCodeAt(at);
      if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) break;
      code = END;
      at += 1;
    }
    this.#at = at;
    return code;
  }

  #value(code: number): JsonValue {
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_LIST:
        return this.#list();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('json.syntax');
    this.#at += word.length;
    return value;
  }

  #object(): JsonObject {
    const members = new Map<string, JsonValue>();
    let code = this.#enter();
    while (code !== CLOSE_OBJECT) {
      if (code !== QUOTE) throw this.#fault('json.syntax');
      const keyAt = this.#at;
      const key = this.#string();
      if (this.#next() !== COLON) throw this.#fault('json.syntax');
      this.#at += 1;
      const size = members.size;
      members.set(key, this.#value(this.#next()));
      if (members.size === size) throw this.#fault('json.duplicate-key', keyAt);
      if (key === '__proto__') throw this.#fault('json.forbidden-key', keyAt);
      code = this.#separator(CLOSE_OBJECT);
    }
    this.#leave();
    return members;
  }

  #list(): readonly JsonValue[] {
    const elements: JsonValue[] = [];
    let code = this.#enter();
    while (code !== CLOSE_LIST) {
      elements.push(this.#value(code));
      code = this.#separator(CLOSE_LIST);
    }
    this.#leave();
    return elements;
  }

  #enter(): number {
    this.#depth += 1;
    if (this.#depth > this.#limits.maxDepth) throw this.#fault('json.too-deep');
    this.#at += 1;
    return this.#next();
  }

  #leave(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  /** After a member: what begins the next one, or `close`. */
  #separator(close: number): number {
    this.#members += 1;
    if (this.#members > this.#limits.maxMembers) throw this.#fault('json.too-many-keys');
    const code = this.#next();
    if (code === close) return code;
    if (code !== COMMA) throw this.#fault('json.syntax');
    this.#at += 1;
    const begin = this.#next();
    // A comma promises another member: `[1,]` is not JSON.
    if (begin === close) throw this.#fault('json.syntax');
    return begin;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    const stop = Math.min(start + SHORT_STRING, text.length);
    for (let at = start; at < stop; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === BACKSLASH || code < 0x20) break;
    }
    return this.#nativeString(start);
  }

  /** A string that is long or has escapes: its end is found and its text read by native code. */
  #nativeString(start: number): string {
    const text = this.#text;
    let quote = this.#nextQuote(start);
    let left = FEW_QUOTES;
    while (left > 0 && isEscaped(text, quote)) {
      left -= 1;
      quote = this.#nextQuote(quote + 1);
    }
    const value = left > 0 ? this.#taken(start, quote) : this.#quotingString(start, quote);
    // Without an end, or with a control character or an unknown escape.
    if (value === undefined) throw this.#fault('json.syntax');
    return value;
  }

  /**
   * A string full of escaped quotes, with no end before `from`. To find its end costs half as much as to read it, so when it
   * is long it is tried as the last long one of the text first: once, since a wrong guess costs twice the reading.
   */
  #quotingString(start: number, from: number): string | undefined {
    const text = this.#text;
    const far = from + Math.max(LONG_STRING, Math.floor((text.length - from) * LONG_SHARE));
    let end = closingQuote(text, from, far);
    if (end === undefined && !this.#guessed) {
      this.#guessed = true;
      const guess = lastLongEnd(text, far);
      const value = guess === undefined ? undefined : this.#taken(start, guess);
      if (value !== undefined) return value;
    }
    end ??= closingQuote(text, far, text.length);
    return end === undefined ? undefined : this.#taken(start, end);
  }

  /** Reads the string between these places natively; `undefined` when they do not hold just one. */
  #taken(start: number, end: number): string | undefined {
    const value = unquoted(this.#text.slice(start - 1, end + 1));
    if (value === undefined) return undefined;
    // Shorter than its text: it had escapes, the only way for these two into well-formed Unicode.
    if (value.length !== end - start) {
      if (!value.isWellFormed()) throw this.#fault('json.lone-surrogate');
      if (value.includes('\0')) throw this.#fault('json.nul');
    }
    this.#at = end + 1;
    return value;
  }

  /** Looks at a few units in place first: in texts full of quotes that is cheaper than a native search for each. */
  #nextQuote(from: number): number {
    const text = this.#text;
    const near = Math.min(from + NEAR, text.length);
    for (let at = from; at < near; at += 1) if (text.charCodeAt(at) === QUOTE) return at;
    const quote = text.indexOf('"', near);
    if (quote === -1) throw this.#fault('json.syntax');
    return quote;
  }

  #number(): number {
    const value = this.#numbers.read(this.#at);
    if (value === 'syntax') throw this.#fault('json.syntax');
    if (value === 'inexact') throw this.#fault('json.number');
    this.#at = this.#numbers.end;
    return value;
  }
}

/** The value of a JSON string with its quotes; `undefined` when the text is anything else. */
function unquoted(text: string): string | undefined {
  try {
    const value: string = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
