import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createAdmit } from './admit.ts';
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
    const answers = calls.map((held) => admit(undefined, held));
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['found', 'found', 'deny'],
    );
    await calls[2].disposeAsync();
    assert.equal(admit.inFlight(), 2);
    await calls[0].disposeAsync();
    assert.equal(admit(undefined, new AsyncDisposableStack()).kind, 'found');
  });

  for (const [when, options, reason] of [
    ['the event loop is late', { delayMs: 101 }, 'overload.busy'],
    ['the service is stopping', { draining: true }, 'draining'],
  ] as const) {
    test(`refuses ${reason} with a time to retry when ${when}`, () => {
      const admit = admitting(options);
      const answer = admit(undefined, new AsyncDisposableStack());
      assert.partialDeepStrictEqual(answer, { kind: 'deny', reason, detail: { retryAfterMs: 1000 } });
      assert.equal(admit.inFlight(), 0);
    });
  }
});

suite('watchLoopDelay()', () => {
  test('sees a loop that is held up', async () => {
    using watch = watchLoopDelay(20);
    const until = performance.now() + 150;
    while (performance.now() < until);
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = setInterval(() => watch.meanMs() > 20 && resolve(), 5);
    await promise;
    clearInterval(look);
  });
});
