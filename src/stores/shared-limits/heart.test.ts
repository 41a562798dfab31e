import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Heart } from './heart.ts';
import { StoreHealth } from './store-health.ts';

const NEVER_MS = 1_000_000;

function heartOf(beat: () => Promise<number>, probeMs = NEVER_MS) {
  const back = Promise.withResolvers<void>();
  const health = new StoreHealth({
    clock: { monotonicMs: () => 0 },
    failuresToLose: 1,
    onChange: (isLost) => (isLost ? undefined : back.resolve()),
  });
  return { health, back: back.promise, heart: new Heart({ beat, health, atLeast: 2, everyMs: NEVER_MS, probeMs }) };
}

suite('Heart', () => {
  test('knows how many instances were last heard of, and never fewer than there are said to be', async () => {
    const counts = [5, 1];
    const made = heartOf(async () => counts.shift() ?? 0);
    using heart = made.heart;
    assert.equal(heart.instances, 2);
    await heart.beat();
    assert.equal(heart.instances, 5);
    await heart.beat();
    assert.equal(heart.instances, 2);
  });

  test('keeps the last count while the store is lost', async () => {
    const answers = [Promise.resolve(9), Promise.reject(new Error('gone'))];
    const made = heartOf(() => answers.shift() ?? Promise.resolve(0));
    using heart = made.heart;
    await heart.beat();
    await heart.beat();
    assert.deepEqual([heart.instances, made.health.isLost], [9, true]);
  });

  test('probes a lost store until it can be had', { timeout: 10_000 }, async () => {
    let failures = 3;
    const made = heartOf(async () => {
      failures -= 1;
      return failures > 0 ? Promise.reject(new Error('gone')) : 1;
    }, 1);
    using heart = made.heart;
    await heart.beat();
    // What probes does not keep a process alive by itself.
    const alive = setInterval(() => undefined, 1000);
    await made.back;
    clearInterval(alive);
    assert.equal(made.health.isLost, false);
  });
});
