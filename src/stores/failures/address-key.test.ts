import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addressKey } from './address-key.ts';

suite('addressKey()', () => {
  for (const [address, key] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::7', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.7', '1:2:3:4::/64'],
    ['', undefined],
    ['unix', undefined],
    ['__proto__', undefined],
    ['192.0.2.7:80', undefined],
  ] as const) {
    test(`counts ${JSON.stringify(address)} under ${key}`, () => {
      assert.equal(addressKey(address), key);
    });
  }
});
