import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isInBlock, parseAddress, parseBlock } from './parse-address.ts';

suite('parseAddress()', () => {
  test('reads an IPv4-mapped address as the IPv4 address', () => {
    assert.equal(parseAddress('::ffff:10.0.0.1')?.toString(), '10.0.0.1');
    assert.equal(parseAddress('::ffff:a00:1')?.toString(), '10.0.0.1');
  });

  for (const text of [
    '0x7f.1',
    '010.0.0.1',
    '2130706433',
    '127.1',
    '1.2.3.4 ',
    '1.2.3.256',
    'fe80::1%eth0',
    '',
    'a',
    '1.2.3.4/8',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseAddress(text), undefined);
    });
  }
});

suite('parseBlock()', () => {
  for (const text of ['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0', '10.0.0.0/08', '::ffff:10.0.0.0/104', '::/129', 'a/8']) {
    test(`refuses ${text}`, () => {
      assert.equal(parseBlock(text), undefined);
    });
  }

  test('never mixes families', () => {
    const block = parseBlock('::/0');
    const address = parseAddress('10.0.0.1');
    assert.ok(block !== undefined && address !== undefined);
    assert.equal(isInBlock(address, block), false);
  });
});
