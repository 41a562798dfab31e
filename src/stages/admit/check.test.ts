import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { received } from '../../decision/facts.fixture.ts';
import { createAdmit } from './check.ts';
import { watchLoopDelay } from './loop-delay.ts';

function admitting(options: { delayMs?: number; draining?: boolean } = {}): ReturnType<typeof createAdmit> {
  return createAdmit({
    maxInFlight: 2,
    maxLoopDelayMs: 100,
    loopDelay: { meanMs: () => options.delayMs ?? 0 },
    draining: () => options.draining ?? false,
  });
}

suite('createAdmit()', () => {
  test('has room for so many calls, and again when one is over', async () => {
    const admit = admitting();
    const calls = [new AsyncDisposableStack(), new AsyncDisposableStack(), new AsyncDisposableStack()] as const;
    const answers = calls.map((held) => admit(received, held));
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['found', 'found', 'deny'],
    );
    await calls[2].disposeAsync();
    assert.equal(admit.inFlight(), 2);
    await calls[0].disposeAsync();
    assert.equal(admit(received, new AsyncDisposableStack()).kind, 'found');
  });

  test('finds the place that was taken before the message was read, and takes no second one', async () => {
    const admit = admitting();
    const place = admit.reserve(received);
    assert.ok(place.kind === 'found');
    const held = new AsyncDisposableStack();
    assert.equal(admit(received, held).kind, 'found');
    assert.equal(admit.inFlight(), 1);
    await held.disposeAsync();
    assert.equal(admit.inFlight(), 1);
    place.value[Symbol.dispose]();
    assert.equal(admit.inFlight(), 0);
    admit(received, new AsyncDisposableStack());
    assert.equal(admit.inFlight(), 1);
  });

  test('reserves no more places than there are', () => {
    const admit = admitting();
    const answers = ['a', 'b', 'c'].map((id) => admit.reserve({ ...received, decisionId: id }));
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['found', 'found', 'deny'],
    );
  });

  for (const [when, options, reason] of [
    ['the event loop is late', { delayMs: 101 }, 'overload.busy'],
    ['the service is stopping', { draining: true }, 'draining'],
  ] as const) {
    test(`refuses ${reason} with a time to retry when ${when}`, () => {
      const admit = admitting(options);
      const answer = admit(received, new AsyncDisposableStack());
      assert.partialDeepStrictEqual(answer, { kind: 'deny', reason, detail: { retryAfterMs: 1000 } });
      assert.equal(admit.inFlight(), 0);
    });
  }
});

suite('watchLoopDelay()', () => {
  test('shows how late the loop is, and forgets it within a window', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = 0;
    using watch = watchLoopDelay(250, () => nowMs);
    const tick = (sinceMs: number): void => {
      nowMs += sinceMs;
      context.mock.timers.tick(20);
    };
    tick(20);
    assert.equal(watch.meanMs(), 0);
    tick(320);
    assert.equal(watch.meanMs(), 300);
    for (let at = 0; at < 30; at += 1) tick(20);
    assert.ok(watch.meanMs() < 30, String(watch.meanMs()));
  });

  test('shows the delay of a loop that never ticks in time', (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = 0;
    using watch = watchLoopDelay(250, () => nowMs);
    for (let at = 0; at < 10; at += 1) {
      nowMs += 120;
      context.mock.timers.tick(20);
    }
    assert.equal(Math.round(watch.meanMs()), 100);
  });
});
