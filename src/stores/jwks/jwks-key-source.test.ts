import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { VerificationKey } from '../../capability/key-source.ts';
import { keysOf, newSigner } from '../../capability/token.fixture.ts';
import type { Clock } from '../../kit/clock.ts';
import { JwksKeySource, type KeySourceTiming } from './jwks-key-source.ts';
import type { PublicKey } from './read-key.ts';
import type { ReadKeySet } from './read-key-set.ts';

const [{ key }] = [...(await keysOf([newSigner()])).keys.values()] as [VerificationKey];

const timing: KeySourceTiming = {
  freshMs: 80,
  staleMs: 200,
  lastGoodMs: 1000,
  retryMs: 5,
  cooldownMs: 30,
};

/** A source whose clock and loads the test owns. */
function world() {
  const state = { nowMs: 0, loads: 0, failures: 0, next: setOf('a') as Promise<ReadKeySet | 'unchanged'> };
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => state.nowMs };
  const load = (): Promise<ReadKeySet | 'unchanged'> => {
    state.loads += 1;
    return state.next;
  };
  const observer = { failed: () => void (state.failures += 1) };
  return { state, source: new JwksKeySource({ load, timing, clock, observer }) };
}

function setOf(fingerprint: string): Promise<ReadKeySet> {
  return Promise.resolve({ keys: new Map(), fingerprint, notes: [] });
}

/** A set of keys by `kid`, each with what tells it from others. */
function setWith(keys: Readonly<Record<string, string>>): Promise<ReadKeySet> {
  const read = Object.entries(keys).map(([kid, fingerprint]): [string, PublicKey] => [
    kid,
    { kid, algorithm: 'Ed25519', key, fingerprint },
  ]);
  return Promise.resolve({ keys: new Map(read), fingerprint: JSON.stringify(keys), notes: [] });
}

/** A load that fails when it is asked for. */
function failing(): Promise<never> {
  const failure = Promise.reject(new Error('down'));
  failure.catch(() => undefined);
  return failure;
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

suite('JwksKeySource', () => {
  test('loads at the first question, once for all who ask', async () => {
    const { state, source } = world();
    const sets = await Promise.all([source.current(), source.current(), source.current()]);
    assert.deepEqual(
      sets.map((set) => set?.epoch),
      [1, 1, 1],
    );
    assert.equal(state.loads, 1);
  });

  test('does not ask while the keys are fresh', async () => {
    const { state, source } = world();
    await source.current();
    state.nowMs = 79;
    await source.current();
    assert.equal(state.loads, 1);
  });

  test('uses stale keys while newer ones are asked for', async () => {
    const { state, source } = world();
    await source.current();
    state.nowMs = 100;
    state.next = setOf('b');
    assert.equal((await source.current())?.epoch, 1);
    await tick();
    assert.equal((await source.current())?.epoch, 2);
    assert.equal(state.loads, 2);
  });

  test('waits for newer keys when those it has are too old', async () => {
    const { state, source } = world();
    await source.current();
    state.nowMs = 200;
    state.next = setOf('b');
    assert.equal((await source.current())?.epoch, 2);
  });

  test('keeps the epoch when the keys are the same', async () => {
    const { state, source } = world();
    const before = await source.current();
    state.nowMs = 200;
    assert.equal(await source.current(), before);
    state.next = Promise.resolve('unchanged');
    state.nowMs = 400;
    assert.equal(await source.current(), before);
    assert.equal(state.loads, 3);
  });

  test('uses the last good keys for a bounded time when none can be loaded', async () => {
    const { state, source } = world();
    await source.current();
    state.next = failing();
    state.nowMs = 999;
    assert.equal((await source.current())?.epoch, 1);
    assert.equal(state.failures, 1);
    state.nowMs = 1000;
    assert.equal(await source.current(), undefined);
  });

  test('has keys again when they can be loaded again, under the same epoch if they are the same', async () => {
    const { state, source } = world();
    await source.current();
    state.next = failing();
    state.nowMs = 1000;
    assert.equal(await source.current(), undefined);
    state.next = setOf('a');
    state.nowMs = 1005;
    assert.equal((await source.current())?.epoch, 1);
  });

  test('does not ask again and again what does not answer', async () => {
    const { state, source } = world();
    state.next = failing();
    for (let n = 0; n < 10; n++) assert.equal(await source.current(), undefined);
    assert.equal(state.loads, 1);
    state.nowMs = 5;
    await source.current();
    assert.equal(state.loads, 2);
  });

  test('looks again for an unknown kid at most once a cooldown', async () => {
    const { state, source } = world();
    await source.current();
    state.next = setOf('b');
    assert.equal((await source.lookAgain())?.epoch, 1);
    state.nowMs = 30;
    const sets = await Promise.all(Array.from({ length: 100 }, () => source.lookAgain()));
    assert.deepEqual(new Set(sets.map((set) => set?.epoch)), new Set([2]));
    for (let n = 0; n < 100; n++) await source.lookAgain();
    assert.equal(state.loads, 2);
  });

  test('withdraws the keys that a later set has no more, and only these', async () => {
    const { state, source } = world();
    state.next = setWith({ a: '1', b: '2', c: '3' });
    const before = (await source.current())?.keys;
    state.next = setWith({ a: '1', b: 'another', d: '4' });
    state.nowMs = 200;
    const now = (await source.current())?.keys;
    const withdrawn = ['a', 'b', 'c'].map((kid) => before?.get(kid)?.withdrawn.aborted);
    assert.deepEqual(withdrawn, [false, true, true]);
    assert.deepEqual(
      [...(now?.values() ?? [])].map((one) => one.withdrawn.aborted),
      [false, false, false],
    );
    assert.equal(now?.get('a')?.withdrawn, before?.get('a')?.withdrawn);
  });

  test('withdraws every key by a set without keys, and uses it like any other', async () => {
    const { state, source } = world();
    state.next = setWith({ a: '1' });
    const before = (await source.current())?.keys;
    state.next = setWith({});
    state.nowMs = 200;
    assert.equal((await source.current())?.keys.size, 0);
    assert.equal(before?.get('a')?.withdrawn.aborted, true);
  });

  test('withdraws nothing because no set can be had', async () => {
    const { state, source } = world();
    state.next = setWith({ a: '1' });
    const before = (await source.current())?.keys;
    state.next = failing();
    state.nowMs = 2000;
    assert.equal(await source.current(), undefined);
    assert.equal(before?.get('a')?.withdrawn.aborted, false);
  });

  test('throws from load() what kept it from loading', async () => {
    const { state, source } = world();
    state.next = failing();
    await assert.rejects(source.load(), /down/);
  });
});
