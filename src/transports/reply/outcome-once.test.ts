import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../../decision/record.ts';
import { createOutcome } from './outcome-once.ts';

suite('createOutcome()', () => {
  test('tells the record the first report only, with time and bytes up to then', () => {
    const outcomes: Outcome[] = [];
    let nowMs = 100;
    const clock = { nowMs: () => 0, monotonicMs: () => nowMs };
    const outcome = createOutcome('d1', { outcome: (one) => void outcomes.push(one) }, clock);
    nowMs = 130;
    outcome.replyBytes += 7;
    outcome.report('answered', { httpStatus: 200 });
    outcome.report('cancelled');
    assert.deepEqual(outcomes, [
      { decisionId: 'd1', kind: 'answered', durationMs: 30, replyBytes: 7, httpStatus: 200 },
    ]);
  });
});
