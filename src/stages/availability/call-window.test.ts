import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as property, boolean, integer, property as forAll, record } from 'fast-check';
import type { Tally } from './call-window.ts';
import { CountWindow } from './count-window.ts';
import { TimeWindow } from './time-window.ts';

const marks = array(record({ failed: boolean(), slow: boolean(), afterMs: integer({ min: -500, max: 2500 }) }), {
  maxLength: 60,
});

function tallyOf(calls: readonly { readonly failed: boolean; readonly slow: boolean }[]): Tally {
  return {
    calls: calls.length,
    failed: calls.filter(({ failed }) => failed).length,
    slow: calls.filter(({ slow }) => slow).length,
  };
}

suite('CountWindow', () => {
  test('holds the last calls, as many as it is large', () => {
    property(
      forAll(marks, integer({ min: 1, max: 20 }), (calls, size) => {
        const window = new CountWindow(size);
        for (const call of calls) window.record(call);
        assert.deepEqual(window.tally(), tallyOf(calls.slice(-size)));
      }),
    );
  });
});

suite('TimeWindow', () => {
  test('holds the calls of its seconds, also when the clock steps back or leaps', () => {
    property(
      forAll(marks, integer({ min: 1, max: 5 }), (calls, seconds) => {
        const window = new TimeWindow(seconds, 0);
        const seen: { failed: boolean; slow: boolean; second: number }[] = [];
        let [nowMs, latest] = [0, 0];
        for (const call of calls) {
          nowMs = Math.max(0, nowMs + call.afterMs);
          latest = Math.max(latest, Math.floor(nowMs / 1000));
          window.record(call, nowMs);
          seen.push({ ...call, second: latest });
        }
        const held = seen.filter(({ second }) => second > latest - seconds);
        assert.deepEqual(window.tally(nowMs), tallyOf(held));
      }),
    );
  });

  test('is empty after a pause as long as itself, however long it was', () => {
    const window = new TimeWindow(3, 0);
    window.record({ failed: true, slow: true }, 0);
    assert.deepEqual(window.tally(1e12), { calls: 0, failed: 0, slow: 0 });
  });
});
