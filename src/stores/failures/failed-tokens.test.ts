import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, suite, test } from 'node:test';
import { FailedTokens } from './failed-tokens.ts';
import { Penalties } from './penalties.ts';

beforeEach(() => mock.timers.enable({ apis: ['Date', 'setTimeout'] }));
afterEach(() => mock.timers.reset());

suite('Penalties', () => {
  const options = { most: 3, windowS: 60, pauseS: 10, capacity: 100 };

  test('make a key wait after so many failures, for a pause, and then count anew', async () => {
    const penalties = new Penalties(options);
    for (const waitMs of [0, 0, 10_000]) {
      await penalties.failed('a');
      assert.equal(await penalties.waitMs('a'), waitMs);
    }
    mock.timers.tick(9999);
    assert.equal(await penalties.waitMs('a'), 1);
    mock.timers.tick(1);
    assert.equal(await penalties.waitMs('a'), 0);
    await penalties.failed('a');
    assert.equal(await penalties.waitMs('a'), 0);
  });

  test('do not make it wait longer for failures that were under way', async () => {
    const penalties = new Penalties(options);
    for (let times = 0; times < 10; times += 1) await penalties.failed('a');
    assert.equal(await penalties.waitMs('a'), 10_000);
  });

  test('forget failures when their window ends', async () => {
    const penalties = new Penalties(options);
    for (let times = 0; times < 2; times += 1) await penalties.failed('a');
    mock.timers.tick(60_000);
    for (let times = 0; times < 2; times += 1) await penalties.failed('a');
    assert.equal(await penalties.waitMs('a'), 0);
  });

  test('remember so many keys and no more, and forget those that nobody asks for', async () => {
    const penalties = new Penalties(options);
    for (let key = 0; key < 1000; key += 1) await penalties.failed(`key ${key}`);
    assert.equal(penalties.size, 100);
    for (let times = 0; times < 3; times += 1) await penalties.failed('__proto__');
    assert.equal(await penalties.waitMs('__proto__'), 10_000);
    assert.equal(await penalties.waitMs('constructor'), 0);
  });
});

suite('FailedTokens', () => {
  const options = { mostPerToken: 2, mostPerAddress: 4, windowS: 60, pauseS: 10 };
  const bad = (digest: string, from?: string) => ({ digest, from });

  test('keep out a token that fails again and again, and no other', async () => {
    const failed = new FailedTokens(options);
    for (let times = 0; times < 2; times += 1) await failed.failed(bad('a'), 'token.signature');
    assert.equal(await failed.waitMs(bad('a')), 10_000);
    assert.equal(await failed.waitMs(bad('a', '192.0.2.7')), 10_000);
    assert.equal(await failed.waitMs(bad('b')), 0);
  });

  test('keep out what comes from an address that sends many, and nothing from others', async () => {
    const failed = new FailedTokens(options);
    for (const digest of ['a', 'b', 'c', 'd']) await failed.failed(bad(digest, '2001:db8::1'), 'token.malformed');
    assert.equal(await failed.waitMs(bad('e', '2001:db8::ffff')), 10_000);
    assert.equal(await failed.waitMs(bad('e', '2001:db8:0:1::1')), 0);
    assert.equal(await failed.waitMs(bad('e')), 0);
  });

  test('hold a token that its issuer made against nobody but itself', async () => {
    const failed = new FailedTokens(options);
    for (let times = 0; times < 10; times += 1) await failed.failed(bad('a', '192.0.2.7'), 'token.expired');
    assert.equal(await failed.waitMs(bad('a', '192.0.2.7')), 10_000);
    assert.equal(await failed.waitMs(bad('b', '192.0.2.7')), 0);
  });

  test('hold nothing against a token that may be good in a moment, or on another route', async () => {
    const failed = new FailedTokens(options);
    const codes = ['token.keys-unavailable', 'token.key-unknown', 'token.not-yet-valid', 'token.audience'] as const;
    for (const code of codes) {
      for (let times = 0; times < 5; times += 1) await failed.failed(bad('a', '192.0.2.7'), code);
    }
    assert.equal(await failed.waitMs(bad('a', '192.0.2.7')), 0);
  });
});
