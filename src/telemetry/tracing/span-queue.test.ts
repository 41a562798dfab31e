import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type SpanFate, SpanQueue } from './span-queue.ts';

function setup(maxSpans: number, send: (batch: readonly number[]) => Promise<boolean>) {
  const fates: Record<SpanFate, number> = { exported: 0, dropped: 0, failed: 0 };
  const queue = new SpanQueue<number>({ maxSpans, send, onFate: (fate, spans) => (fates[fate] += spans) });
  return { queue, fates };
}

suite('SpanQueue', () => {
  test('sends what waits when it is closed, in order', async () => {
    const sent: number[] = [];
    const { queue, fates } = setup(10, async (batch) => sent.push(...batch) > 0);
    queue.push([1, 2]);
    queue.push([3]);
    await queue.close(1000);
    assert.deepEqual(sent, [1, 2, 3]);
    assert.deepEqual(fates, { exported: 3, dropped: 0, failed: 0 });
  });

  test('takes all spans of a call or none, and counts what it drops', () => {
    const { queue, fates } = setup(4, () => new Promise(() => {}));
    queue.push([1, 2, 3]);
    queue.push([4, 5]);
    queue.push([6]);
    assert.deepEqual([queue.size, fates.dropped], [4, 2]);
    assert.equal(queue.hasRoom(1), false);
    assert.equal(fates.dropped, 3);
  });

  test('waits for no collector that hangs', async () => {
    const { queue, fates } = setup(2000, () => new Promise(() => {}));
    queue.push(Array.from({ length: 600 }, (_, index) => index));
    queue.push([1, 2]);
    await queue.close(20);
    assert.equal(queue.size, 0);
    assert.equal(fates.dropped, 90);
  });

  test('counts what was not taken, and goes on', async () => {
    let calls = 0;
    const { queue, fates } = setup(2000, async () => {
      calls += 1;
      if (calls === 1) throw new Error('gone');
      return calls > 2;
    });
    for (let batch = 0; batch < 3; batch += 1) {
      queue.push(Array.from({ length: 512 }, (_, index) => index));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await queue.close(1000);
    assert.deepEqual(fates, { exported: 512, dropped: 0, failed: 1024 });
  });

  test('knows what became of every span', async () => {
    const steps = fc.array(fc.record({ spans: fc.nat(700), isGone: fc.boolean() }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 64, max: 1024 }), async (pushes, maxSpans) => {
        const replies = pushes.map(({ isGone }) => isGone);
        const { queue, fates } = setup(maxSpans, async () => replies.shift() === false);
        for (const { spans } of pushes) {
          queue.push(Array.from({ length: spans }, (_, index) => index));
          assert.ok(queue.size <= maxSpans);
          await Promise.resolve();
        }
        await queue.close(1000);
        const pushed = pushes.reduce((sum, { spans }) => sum + spans, 0);
        assert.equal(fates.exported + fates.dropped + fates.failed, pushed);
      }),
      { numRuns: 50 },
    );
  });
});
