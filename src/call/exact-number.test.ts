import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { exactNumber } from './exact-number.ts';

suite('exactNumber()', () => {
  const same = ['0', '0.0', '0e5', '1.0', '1e2', '1E+2', '100', '0.1', '1.10', '5e-324', '1e21', '1e-7', '0.0000001'];
  for (const literal of [...same, '9007199254740992', '1.7976931348623157e308', '-1e2', '1000000000000000000000']) {
    test(`keeps ${literal}`, () => assert.equal(exactNumber(literal), JSON.parse(literal)));
  }

  const other = ['-0', '-0.0', '-0e1', '9007199254740993', '1e400', '-1e400', '1e-400', '0.10000000000000001'];
  for (const literal of [...other, '123456789012345678', '2e-324', '1.00000000000000000001', '9223372036854775808']) {
    test(`drops ${literal}`, () => assert.equal(exactNumber(literal), undefined));
  }

  test('keeps every double but -0 as JSON.stringify prints it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.equal(exactNumber(JSON.stringify(value)), value + 0);
      }),
    );
  });

  test('keeps a double in any notation of the decimal it prints as', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300 });
    fc.assert(
      fc.property(double, fc.nat(17), fc.nat(20), (value, shift, zeros) => {
        const [mantissa = '', exponent = '0'] = String(value).split('e');
        const [whole = '', fraction = ''] = mantissa.split('.');
        const digits = `${whole}${fraction}${'0'.repeat(shift + zeros)}`;
        const written = `${BigInt(digits)}e${Number(exponent) - fraction.length - shift - zeros}`;
        assert.equal(exactNumber(written), value);
      }),
    );
  });

  test('keeps an integer beyond 2^53 only if its double prints the same digits', () => {
    fc.assert(
      fc.property(fc.bigInt(2n ** 53n, 10n ** 21n - 1n), (integer) => {
        const survives = String(Number(integer)) === String(integer);
        assert.equal(exactNumber(String(integer)), survives ? Number(integer) : undefined);
      }),
    );
  });

  test('looks at a literal of a megabyte in time', { timeout: 2000 }, () => {
    const zeros = '0'.repeat(1_000_000);
    assert.equal(exactNumber(`1${zeros}`), undefined);
    assert.equal(exactNumber(`1.${zeros}`), 1);
    assert.equal(exactNumber(`0.${zeros}1`), undefined);
    assert.equal(exactNumber(`1.${zeros}1`), undefined);
  });
});
