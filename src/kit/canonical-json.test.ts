import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { fromPlain, toPlain } from './json.ts';

suite('canonicalJson()', () => {
  test('prints the example of RFC 8785 §3.2.2 as §3.2.3 shows it', () => {
    const numbers: unknown = JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]');
    const value = fromPlain({
      numbers,
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    });
    assert.equal(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('sorts members by UTF-16 code units (RFC 8785 §3.2.3)', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const value = new Map(keys.map((key) => [key, null]));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    assert.deepEqual(Object.keys(JSON.parse(canonicalJson(value))).toSorted(), sorted.toSorted());
    assert.equal(canonicalJson(value), `{${sorted.map((key) => `${JSON.stringify(key)}:null`).join(',')}}`);
  });

  test('is the same text for every order of members, and reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (plain) => {
        const value = fromPlain(plain);
        const text = canonicalJson(value);
        assert.equal(canonicalJson(fromPlain(JSON.parse(text))), text);
        assert.equal(JSON.stringify(toPlain(fromPlain(JSON.parse(text)))), text);
      }),
    );
  });
});

suite('toPlain()', () => {
  test('keeps members named like inherited ones, on an object without a prototype', () => {
    const plain = toPlain(
      new Map([
        ['constructor', 1],
        ['toString', 2],
      ]),
    );
    assert.deepEqual(Object.entries(plain ?? {}), [
      ['constructor', 1],
      ['toString', 2],
    ]);
    assert.equal(Object.getPrototypeOf(plain), null);
  });
});

suite('fromPlain()', () => {
  test('refuses what JSON cannot hold', () => {
    for (const value of [undefined, Infinity, NaN, 1n, () => 0, { a: undefined }]) {
      assert.throws(() => fromPlain(value), TypeError);
    }
  });
});
