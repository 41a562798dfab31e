import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lookupOf, resolveHost } from './resolve-host.ts';

suite('resolveHost()', () => {
  test('finds an address at itself, without the brackets of a URL', async () => {
    assert.deepEqual(await resolveHost('127.0.0.1'), ['127.0.0.1']);
    assert.deepEqual(await resolveHost('[::1]'), ['::1']);
  });
});

suite('lookupOf()', () => {
  const ask = (addresses: readonly string[], all: boolean): unknown[] => {
    const told: unknown[] = [];
    lookupOf(addresses)('any.example', { all }, (...answer) => void told.push(...answer));
    return told;
  };

  test('answers with its addresses whatever the name', () => {
    const both = [
      { address: '192.0.2.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ];
    assert.deepEqual(ask(['192.0.2.1', '2001:db8::1'], true), [null, both]);
    assert.deepEqual(ask(['192.0.2.1', '2001:db8::1'], false), [null, '192.0.2.1', 4]);
  });

  test('fails without any', () => {
    assert.match(String(ask([], true)[0]), /no address/);
  });
});
