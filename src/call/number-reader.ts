import { exactNumber } from './exact-number.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
/** Not a code unit: the text is over. */
const END = -1;

/** A decimal of so many digits survives as a double (IEEE 754 binary64: DBL_DIG). */
const SAFE_DIGITS = 15;
/** Powers of ten that a double holds exactly, so that dividing by one rounds once: as good as the native parser. */
const POWERS = Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Reads the numbers of one text (RFC 8259 §6), one after the other. */
export class NumberReader {
  readonly #text: string;
  #end = 0;
  #sawFraction = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Behind the number that was read last, or where it stopped being one. */
  get end(): number {
    return this.#end;
  }

  /** Whether some number was written with a fraction or an exponent. */
  get sawFraction(): boolean {
    return this.#sawFraction;
  }

  /** The number that begins at `start`; `'syntax'` when there is none, `'inexact'` as `exactNumber()` says. */
  read(start: number): number | 'syntax' | 'inexact' {
    const negative = this.#unit(start) === MINUS;
    const whole = negative ? start + 1 : start;
    let digits = 0;
    let at = whole;
    let code = this.#unit(at);
    for (; code >= ZERO && code <= NINE; code = this.#unit(at)) {
      digits = digits * 10 + (code - ZERO);
      at += 1;
    }
    const point = at;
    if (code === POINT) {
      at += 1;
      for (code = this.#unit(at); code >= ZERO && code <= NINE; code = this.#unit(at)) {
        digits = digits * 10 + (code - ZERO);
        at += 1;
      }
    }
    this.#end = at;
    const broken = point === whole || at === point + 1 || (this.#unit(whole) === ZERO && point > whole + 1);
    if (broken) return 'syntax';
    if ((code | 0x20) === LOWER_E) return this.#withExponent(start, at);
    return this.#plain(start, at, point, negative, digits);
  }

  /** A number without exponent, its digits taken as one integer. */
  #plain(start: number, end: number, point: number, negative: boolean, digits: number): number | 'inexact' {
    const decimals = end > point ? end - point - 1 : 0;
    if (decimals > 0) this.#sawFraction = true;
    if (end - start > SAFE_DIGITS || (negative && digits === 0)) return this.#exact(start);
    const value = decimals > 0 ? digits / (POWERS[decimals] ?? Number.NaN) : digits;
    return negative ? -value : value;
  }

  #withExponent(start: number, e: number): number | 'syntax' | 'inexact' {
    const sign = this.#unit(e + 1);
    const first = sign === PLUS || sign === MINUS ? e + 2 : e + 1;
    let at = first;
    for (let code = this.#unit(at); code >= ZERO && code <= NINE; code = this.#unit(at)) at += 1;
    this.#end = at;
    this.#sawFraction = true;
    return at === first ? 'syntax' : this.#exact(start);
  }

  #exact(start: number): number | 'inexact' {
    return exactNumber(this.#text.slice(start, this.#end)) ?? 'inexact';
  }

  #unit(at: number): number {
    return at < this.#text.length ? this.#text.charCodeAt(at) : END;
  }
}
