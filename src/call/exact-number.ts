/**
 * The double that a JSON number means, or `undefined` when the double does not say the same decimal (DESIGN §4).
 *
 * `1.0`, `1e2` and `0.1` survive: their doubles print back to the same decimal value. `9007199254740993`, `1e400` and
 * `1e-400` do not: a reader with big numbers would see another value than a reader with doubles. `-0` does not either:
 * its double prints as `0`, and some readers make an integer of it that has no sign.
 *
 * @param literal A number by the grammar of RFC 8259 §6.
 */
export function exactNumber(literal: string): number | undefined {
  const value = Number(literal);
  if (value === 0) return isUnsignedZero(literal) ? value : undefined;
  const printed = String(value);
  if (printed === literal) return value;
  return Number.isFinite(value) && decimalOf(printed) === decimalOf(literal) ? value : undefined;
}

/** Whether the literal is a zero without a sign, and not something too small for a double. */
function isUnsignedZero(literal: string): boolean {
  return /^[0.]+(?:[eE]|$)/.test(literal);
}

/** The decimal value as text: equal for literals that name the same number, whatever their notation. */
function decimalOf(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  const digits = `${whole}${fraction}`.replace(/^-?0*/, '');
  const significant = withoutTrailingZeros(digits);
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** By hand: a regular expression would try every run of zeros in a long literal. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}
