import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { canonicalEndpoint } from './canonical-endpoint.ts';

suite('canonicalEndpoint()', () => {
  test('spells an address in one way', () => {
    assert.equal(canonicalEndpoint('10.99.0.1', 20_003), '10.99.0.1:20003');
    for (const address of ['2001:db8::1', '2001:DB8:0:0:0::1', '2001:0db8:0000::0001']) {
      assert.equal(canonicalEndpoint(address, 443), '[2001:db8::1]:443');
    }
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:a00:1', '0:0:0:0:0:ffff:10.0.0.1']) {
      assert.equal(canonicalEndpoint(address, 80), '10.0.0.1:80');
    }
  });

  test('says nothing of what is no numeric address with a port', () => {
    for (const address of ['', 'localhost', '10.0.0', '010.0.0.1', '10.0.0.1:80', '[::1]', 'fe80::1%eth0', '::1%']) {
      assert.equal(canonicalEndpoint(address, 80), undefined, address);
    }
    for (const port of [0, -1, 65_536, 1.5, Number.NaN, Infinity]) {
      assert.equal(canonicalEndpoint('10.0.0.1', port), undefined, String(port));
    }
  });

  test('tells different addresses apart, and keeps its own spelling', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 65_535 }), (text, port) => {
        const [, bracketed, plain, digits] =
          /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(canonicalEndpoint(text, port) ?? '') ?? [];
        assert.equal(canonicalEndpoint(bracketed ?? plain ?? '', Number(digits)), canonicalEndpoint(text, port));
      }),
    );
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.double(), (text, port) => void canonicalEndpoint(text, port)));
  });
});
