import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, type JsonValue } from '../kit/json.ts';
import { MESSAGE_LIMITS, type JsonRefusal, type ParsedJson, parseJson } from './parse-json.ts';

/** The value, or the reason and the byte of the refusal. */
function read(text: string | Uint8Array, limits = MESSAGE_LIMITS): JsonValue | string {
  const parsed: ParsedJson | JsonRefusal = parseJson(Buffer.from(text), limits);
  return parsed.kind === 'json' ? parsed.value : `${parsed.reason} at ${parsed.offset}`;
}

/** What `JSON.stringify` prints for it is accepted: no -0, no lone surrogate, no NUL, no `__proto__`. */
const clean = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }).filter(isClean);

function isClean(value: unknown): boolean {
  const text = JSON.stringify(value);
  return !/\\u0000|\\ud[89a-f]|__proto__/.test(text);
}

suite('parseJson()', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(clean, fc.integer({ min: 0, max: 3 }), (plain, indent) => {
        const text = JSON.stringify(plain, undefined, indent);
        assert.deepEqual(read(text), fromPlain(JSON.parse(text)));
      }),
    );
  });

  test('keeps the members in the order of the text, integers among them', () => {
    const value = read('{"2":0,"b":1,"1":2,"a":{"9":1,"8":2}}');
    assert.deepEqual([...(value as Map<string, unknown>).keys()], ['2', 'b', '1', 'a']);
  });

  test('reads a value inside white space, and no other kind of space', () => {
    assert.equal(read(' \t\r\n1 \t\r\n'), 1);
    for (const space of ['\u00a0', '\u2028', '\ufeff', '\f', '\v']) assert.equal(typeof read(`1${space}`), 'string');
  });

  test('reads strings of any length, with and without escapes', () => {
    for (const length of [0, 1, 39, 40, 41, 1000]) {
      for (const tail of ['', '\\n', '\\"', '\\\\', '\\u00e9', 'é', '\\ud83d\\ude00', '😀']) {
        const text = `"${'x'.repeat(length)}${tail}"`;
        assert.equal(read(text), JSON.parse(text));
      }
    }
  });

  test('reads strings full of escapes, wherever they stand and however long they are', () => {
    const piece = fc.constantFrom(
      '\\"',
      '\\\\',
      '\\n',
      '\\u00e9',
      '\\ud83d\\ude00',
      'a',
      ',',
      ':',
      '}',
      ' ',
      'é',
      '\\\\\\"',
    );
    const string = fc
      .tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom(1, 5, 300, 2000))
      .map(([pieces, count]) => `"${pieces.join('').repeat(count)}"`);
    const strings = fc.array(string, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(strings, fc.constantFrom(',', ', ', ' ,\n'), (texts, comma) => {
        const text = `{"a":[${texts.join(comma)}],"jsonrpc":"2.0","id":7}`;
        assert.deepEqual(read(text), fromPlain(JSON.parse(text)));
      }),
      { numRuns: 200 },
    );
  });

  for (const [what, spoilt, reason] of [
    ['a line break', '\n', 'json.syntax'],
    ['an unknown escape', '\\x', 'json.syntax'],
    ['an escaped NUL', '\\u0000', 'json.nul'],
    ['a lone surrogate', '\\ud800', 'json.lone-surrogate'],
    ['a quote too many', '"', 'json.syntax'],
  ] as const) {
    test(`refuses ${what} anywhere in a long string full of escapes`, () => {
      const quotes = '\\"a'.repeat(10_000);
      for (const at of [0, 12, 3000, 15_000, 29_997, 30_000]) {
        const text = `{"a":"${quotes.slice(0, at)}${spoilt}${quotes.slice(at)}","b":"2.0"}`;
        assert.match(read(text) as string, new RegExp(`^${reason} at `), String(at));
      }
    });
  }

  const refusals: readonly (readonly [name: string, text: string | Uint8Array, reason: string])[] = [
    ['nothing', '', 'json.syntax at 0'],
    ['only white space', ' \n', 'json.syntax at 2'],
    ['a byte order mark', '\ufeff{}', 'body.encoding at 0'],
    ['two byte order marks', '\ufeff\ufeff{}', 'body.encoding at 0'],
    ['UTF-16LE', Buffer.from('{}', 'utf16le'), 'body.encoding at 0'],
    ['UTF-16BE', Buffer.from('{}', 'utf16le').swap16(), 'body.encoding at 0'],
    ['UTF-32LE', Buffer.of(0x7b, 0, 0, 0, 0x7d, 0, 0, 0), 'body.encoding at 0'],
    ['UTF-16 with a mark', Buffer.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), 'body.encoding at 0'],
    ['an overlong form', Buffer.of(0x22, 0xc0, 0xaf, 0x22), 'body.encoding at 0'],
    ['a CESU-8 surrogate', Buffer.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'body.encoding at 0'],
    ['a stray continuation byte', Buffer.of(0x22, 0x80, 0x22), 'body.encoding at 0'],
    ['a cut sequence', Buffer.of(0x22, 0xe2, 0x82, 0x22), 'body.encoding at 0'],
    ['a code point above U+10FFFF', Buffer.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22), 'body.encoding at 0'],
    ['a second value', '{} {}', 'json.syntax at 3'],
    ['a second value on another line', '1\n2', 'json.syntax at 2'],
    ['a NUL after the value', '{}\0', 'json.syntax at 2'],
    ['a trailing comma in an array', '[1,]', 'json.syntax at 3'],
    ['a trailing comma in an object', '{"a":1,}', 'json.syntax at 7'],
    ['a leading comma', '[,1]', 'json.syntax at 1'],
    ['a missing comma', '[1 2]', 'json.syntax at 3'],
    ['a missing colon', '{"a" 1}', 'json.syntax at 5'],
    ['a key without quotes', '{a:1}', 'json.syntax at 1'],
    ['single quotes', "{'a':1}", 'json.syntax at 1'],
    ['a comment', '/* */1', 'json.syntax at 0'],
    ['an open array', '[1', 'json.syntax at 2'],
    ['an open object', '{"a":1', 'json.syntax at 6'],
    ['an open string', '"abc', 'json.syntax at 0'],
    ['a string ended by an escaped quote', '"abc\\"', 'json.syntax at 0'],
    ['a wrong bracket', '[1}', 'json.syntax at 2'],
    ['a line break in a string', '"a\nb"', 'json.syntax at 0'],
    ['a tab in a long string', `"${'x'.repeat(60)}\t"`, 'json.syntax at 0'],
    ['a raw NUL in a string', '"a\0"', 'json.syntax at 0'],
    ['an unknown escape', '"\\x41"', 'json.syntax at 0'],
    ['a short escape', '"\\u12"', 'json.syntax at 0'],
    ['an escaped NUL', '"\\u0000"', 'json.nul at 0'],
    ['an escaped NUL in a key', '{"\\u0000":1}', 'json.nul at 1'],
    ['a lone high surrogate', '["\\ud800"]', 'json.lone-surrogate at 1'],
    ['a lone low surrogate', '"\\udc00x"', 'json.lone-surrogate at 0'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"', 'json.lone-surrogate at 0'],
    ['a surrogate in a key', '{"\\ud800":1}', 'json.lone-surrogate at 1'],
    ['a key twice', '{"a":1,"a":1}', 'json.duplicate-key at 7'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'json.duplicate-key at 7'],
    ['a key twice in depth', '[{"x":{"a":1,"b":2,"a":3}}]', 'json.duplicate-key at 19'],
    ['a key twice behind two-byte text', '{"é":1,"é":2}', 'json.duplicate-key at 8'],
    ['an empty key twice', '{"":1,"":2}', 'json.duplicate-key at 6'],
    ['__proto__', '{"__proto__":1}', 'json.forbidden-key at 1'],
    ['__proto__ in escapes, in depth', '{"a":[{"\\u005f_proto__":{}}]}', 'json.forbidden-key at 7'],
    ['NaN', 'NaN', 'json.syntax at 0'],
    ['Infinity', '[Infinity]', 'json.syntax at 1'],
    ['-Infinity', '-Infinity', 'json.syntax at 0'],
    ['a plus sign', '+1', 'json.syntax at 0'],
    ['a leading zero', '012', 'json.syntax at 0'],
    ['a negative leading zero', '-01', 'json.syntax at 0'],
    ['a bare point', '.5', 'json.syntax at 0'],
    ['a point without decimals', '1.', 'json.syntax at 0'],
    ['an exponent without digits', '1e', 'json.syntax at 0'],
    ['an exponent with only a sign', '1e+', 'json.syntax at 0'],
    ['hexadecimal', '0x10', 'json.syntax at 1'],
    ['digit separators', '1_000', 'json.syntax at 1'],
    ['a big integer', '{"n":9007199254740993}', 'json.number at 5'],
    ['a number that overflows', '1e400', 'json.number at 0'],
    ['a number that underflows', '1e-400', 'json.number at 0'],
    ['too many decimals', '0.10000000000000000001', 'json.number at 0'],
    ['minus zero', '-0', 'json.number at 0'],
    ['minus zero with decimals', '[-0.00]', 'json.number at 1'],
    ['a cut word', 'tru', 'json.syntax at 0'],
    ['a word in another case', 'True', 'json.syntax at 0'],
    ['a longer word', 'nullx', 'json.syntax at 4'],
    ['undefined', 'undefined', 'json.syntax at 0'],
  ];
  for (const [name, text, reason] of refusals) test(`refuses ${name}`, () => assert.equal(read(text), reason));

  test('takes __proto__ as a value and constructor as a key', () => {
    assert.deepEqual(read('{"constructor":"__proto__"}'), new Map([['constructor', '__proto__']]));
  });

  test('counts containers inside each other', () => {
    const limits = { ...MESSAGE_LIMITS, maxDepth: 3 };
    assert.deepEqual(read('[[[1]]]', limits), [[[1]]]);
    assert.equal(read('[[[[1]]]]', limits), 'json.too-deep at 3');
    assert.equal(read('[[[{}]]]', limits), 'json.too-deep at 3');
    assert.deepEqual(read('[[[1]],[[2]]]', limits), [[[1]], [[2]]]);
  });

  test('is not brought down by a megabyte of open brackets', () => {
    assert.equal(read('['.repeat(1_000_000)), 'json.too-deep at 64');
    assert.equal(read('{"a":'.repeat(300_000)), 'json.too-deep at 320');
  });

  test('counts members and elements over the whole text', () => {
    const limits = { ...MESSAGE_LIMITS, maxMembers: 4 };
    assert.deepEqual(read('[1,[2,3]]', limits), [1, [2, 3]]);
    assert.equal(read('[1,[2,3],4]', limits), 'json.too-many-keys at 10');
    assert.equal(read('{"a":{"b":1,"c":2},"d":3,"e":4}', limits), 'json.too-many-keys at 30');
  });

  test('looks at the size before anything else', () => {
    assert.equal(read('"12345"', { ...MESSAGE_LIMITS, maxBytes: 6 }), 'body.too-large at 6');
  });

  test('says whether some number was written as a fraction', () => {
    const texts = ['1', '[1.0]', '[1e2]', '0.5', '"1.0"', '0'];
    const seen = texts.map((text) => (parseJson(Buffer.from(text)) as ParsedJson).sawFraction);
    assert.deepEqual(seen, [false, true, true, true, false, false]);
  });

  test('does not touch or keep what it was not given', () => {
    const whole = Buffer.from('xx{"a":"é"}xx');
    const parsed = parseJson(whole.subarray(2, -2)) as ParsedJson;
    assert.deepEqual(parsed.value, new Map([['a', 'é']]));
    assert.deepEqual(parsed.spanOf(['a']), { start: 5, end: 9 });
  });
});
