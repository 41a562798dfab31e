import fc from 'fast-check';

/** Pieces that parsers are known to read differently, and ordinary ones to break. */
const PIECES: readonly string[] = [
  ['{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '\t', '\r', '\0', '\f', '\u00a0', '\ufeff', '/**/', '//'],
  ['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity', 'undefined', 'None', 'True'],
  ['0', '-0', '-0.0', '1', '1.0', '1e2', '1E+2', '01', '+1', '.5', '1.', '1e', '0x1', '1_0', '-', 'e', '0.1'],
  [
    '9007199254740993',
    '1e400',
    '1e-400',
    '5e-324',
    '0e999',
    '123456789012345678901234567890',
    '1.7976931348623159e308',
  ],
  ['"a"', '"\\u0061"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\x41"', '"é"', '"😀"'],
  ['"__proto__"', '"\\u005f_proto__"', '"constructor"', '"a":1', '"a":1,"a":2', '"a":1,"\\u0061":2'],
].flat();

/** Bytes that are not UTF-8, or are a mark. */
const RAW = [
  [0xff],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0x80],
  [0xe2, 0x82],
];

const piece = fc.oneof(
  { arbitrary: fc.constantFrom(...PIECES).map((text) => Buffer.from(text)), weight: 9 },
  { arbitrary: fc.constantFrom(...RAW).map((bytes) => Buffer.from(bytes)), weight: 1 },
);

/** A number in many notations. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt(0n, 10n ** 20n),
    fc.option(fc.stringMatching(/^[0-9]{1,20}$/)),
    fc.option(fc.integer({ min: -330, max: 330 })),
  )
  .map(([sign, whole, decimals, exponent]) =>
    Buffer.from(`${sign}${whole}${decimals === null ? '' : `.${decimals}`}${exponent === null ? '' : `e${exponent}`}`),
  );

/** A well-formed text. */
const wellFormed = fc
  .tuple(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), fc.nat(2))
  .map(([value, indent]) => Buffer.from(JSON.stringify(value, undefined, indent)));

/** A well-formed text with a piece put in, or bytes taken out, at some place. */
const broken = fc.tuple(wellFormed, fc.nat(), piece, fc.nat(3)).map(([text, place, put, drop]) => {
  const at = place % (text.length + 1);
  return Buffer.concat([text.subarray(0, at), put, text.subarray(at + drop)]);
});

const soup = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));

/** Texts for differential tests of JSON readers: right ones, nearly right ones, and soups of hostile pieces. */
export const jsonTexts: fc.Arbitrary<Buffer> = fc.oneof(wellFormed, broken, soup, number);
