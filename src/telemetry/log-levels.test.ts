import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { telemetrySchema } from './config.ts';
import { createLog } from './log.ts';
import { linesOutput, standingClock } from './telemetry.fixture.ts';

function setup() {
  const clock = standingClock();
  const output = linesOutput();
  const log = createLog({ config: telemetrySchema.parse({ log_level: 'warn' }), version: '0', output, clock });
  return { clock, output, log };
}

suite('levels of the log', () => {
  test('are that of the configuration, and another one of a part for a while', () => {
    const { log, output, clock } = setup();
    const calls = log.named('calls');
    calls.debug('one');
    log.levels.set('calls', 'debug', 1000);
    calls.debug('two');
    log.named('envoy').info('of another part');
    log.info('of the service');
    clock.advance(999);
    calls.debug('three');
    clock.advance(1);
    calls.debug('four');
    calls.warn('five');
    assert.deepEqual(
      output.parsed().map(({ msg, logger }) => [msg, logger]),
      [
        ['two', 'calls'],
        ['three', 'calls'],
        ['five', 'calls'],
      ],
    );
  });

  test('can be less as well as more', () => {
    const { log, output } = setup();
    log.levels.set('service', 'error', 1000);
    log.warn('one');
    log.error('two');
    assert.deepEqual(
      output.parsed().map(({ msg }) => msg),
      ['two'],
    );
  });

  test('are shown with the time at which they end', () => {
    const { log, clock } = setup();
    log.levels.set('tools', 'debug', 5000);
    assert.deepEqual(log.levels.list(), [
      { name: 'service', level: 'warn', untilMs: undefined },
      { name: 'calls', level: 'warn', untilMs: undefined },
      { name: 'tools', level: 'debug', untilMs: clock.nowMs() + 5000 },
      { name: 'envoy', level: 'warn', untilMs: undefined },
    ]);
    clock.advance(5000);
    assert.deepEqual(log.levels.list()[2], { name: 'tools', level: 'warn', untilMs: undefined });
  });
});
