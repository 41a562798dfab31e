import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KnownPriorities } from './known-priorities.ts';

function bench(): { readonly known: KnownPriorities; pass(ms: number): void } {
  let nowMs = 0;
  return {
    known: new KnownPriorities({ monotonicMs: () => nowMs }),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

suite('KnownPriorities', () => {
  test('knows nothing of a caller whose call was never ruled on', () => {
    assert.equal(bench().known.of('a'), undefined);
  });

  test('says what was known before, and remembers the highest class of the last minute', () => {
    const { known, pass } = bench();
    assert.equal(known.learn('a', 'batch'), undefined);
    assert.equal(known.learn('a', 'interactive'), 'batch');
    assert.equal(known.learn('a', 'batch'), 'interactive');
    assert.equal(known.of('a'), 'interactive');
    pass(60_000);
    known.learn('a', 'batch');
    assert.equal(known.of('a'), 'batch');
  });

  test('takes the first word of other rules', () => {
    const { known } = bench();
    known.learn('a', 'interactive');
    known.renew();
    assert.equal(known.of('a'), 'interactive');
    known.learn('a', 'speculative');
    assert.equal(known.of('a'), 'speculative');
  });

  test('remembers so many callers and no more', () => {
    const { known } = bench();
    for (let caller = 0; caller < 20_100; caller += 1) known.learn(`c${caller}`, 'batch');
    assert.equal(known.size, 20_000);
    assert.equal(known.of('c0'), undefined);
    assert.equal(known.of('c20099'), 'batch');
  });
});
