import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createMetrics } from './metrics.ts';

suite('registerRecord()', () => {
  test('says how far the disk is behind, what was counted and signed, and how the place outside is', async () => {
    const { record, render } = createMetrics({ version: '1', nowMs: () => 0 });
    record.watchLag(() => 250);
    record.refusalCounted();
    record.checkpoint('signed');
    record.setCheckpointsOutside('publishing');
    record.setCheckpointsOutside('behind');
    const lines = (await render())
      .split('\n')
      .filter((line) => /^sallyport_(record_lag|refusals|checkpoints)/.test(line));
    assert.deepEqual(lines, [
      'sallyport_refusals_counted_total 1',
      'sallyport_checkpoints_total{result="signed"} 1',
      'sallyport_checkpoints_outside{state="behind"} 1',
      'sallyport_record_lag_seconds 0.25',
    ]);
  });
});
