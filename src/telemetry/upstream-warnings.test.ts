import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../decision/record.ts';
import { telemetrySchema } from './config.ts';
import { createLog } from './log.ts';
import { linesOutput, standingClock } from './telemetry.fixture.ts';
import { UpstreamWarnings } from './upstream-warnings.ts';

const outcome: Outcome = {
  decisionId: 'd-1',
  kind: 'upstream-failed',
  durationMs: 1,
  replyBytes: 0,
  operatorDetail: 'upstream.unreachable: ECONNREFUSED',
};

suite('UpstreamWarnings', () => {
  test('tells once in ten seconds for each server, and then how many there were', () => {
    const clock = standingClock();
    const output = linesOutput();
    const warnings = new UpstreamWarnings(
      createLog({ config: telemetrySchema.parse({}), version: '0', output, clock }),
      clock,
    );
    for (const server of ['files', 'files', 'mail', 'files']) warnings.failed(server, outcome);
    clock.advance(10_000);
    warnings.failed('files', outcome);
    assert.deepEqual(
      output.parsed().map(({ level, msg, server, more_since: more }) => [level, msg, server, more]),
      [
        ['warn', 'a tool server failed', 'files', undefined],
        ['warn', 'a tool server failed', 'mail', undefined],
        ['warn', 'a tool server failed', 'files', 2],
      ],
    );
    assert.equal(output.parsed()[0]?.['detail'], 'upstream.unreachable: ECONNREFUSED');
  });
});
