import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { LogValue } from './bound-fields.ts';
import { telemetrySchema } from './config.ts';
import { createLog } from './log.ts';
import { linesOutput, standingClock } from './telemetry.fixture.ts';

const config = telemetrySchema.parse({ environment: 'test', log_level: 'debug' });

function setup() {
  const output = linesOutput();
  const clock = standingClock();
  const log = createLog({ config, version: '0.1.0', output, clock, linesPerSecond: 3 });
  return { output, clock, log };
}

suite('createLog()', () => {
  test('writes one JSON object a line with level, ISO time, service and the decision', () => {
    const { log, output } = setup();
    log.info('a call was refused', { decision_id: 'd1', reason: 'json.syntax' });
    assert.deepEqual(output.parsed(), [
      {
        level: 'info',
        time: '2027-01-15T08:00:00.000Z',
        service: { name: 'sallyport', version: '0.1.0', environment: 'test' },
        decision_id: 'd1',
        reason: 'json.syntax',
        msg: 'a call was refused',
      },
    ]);
  });

  test('does not let a field take the place of level, time, service or message', () => {
    const { log, output } = setup();
    log.warn('truth', { level: 'info', time: '1999', msg: 'lie', service: 'other', suppressed: 9 });
    const [line] = output.parsed();
    assert.equal(line?.['level'], 'warn');
    assert.equal(line?.['msg'], 'truth');
    assert.equal(line?.['_msg'], 'lie');
    assert.equal(line?.['suppressed'], undefined);
  });

  test('stays on one short line whatever a field holds', () => {
    const anyValue = fc.object({ maxDepth: 6, values: [fc.string({ unit: 'binary', maxLength: 400 }), fc.double()] });
    fc.assert(
      fc.property(anyValue, (value) => {
        const { log, output } = setup();
        log.info('m', { untrusted: value as LogValue });
        const [line = ''] = output.lines;
        assert.equal(line.indexOf('\n'), line.length - 1);
        assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}]/u);
        JSON.parse(line);
      }),
    );
  });

  test('keeps three levels, 32 members and 256 characters', () => {
    const { log, output } = setup();
    log.info('m', { a: { b: { c: { d: 1 } } }, list: Array(100).fill(1), text: 'x'.repeat(1000) });
    const [line] = output.parsed();
    assert.deepEqual(line?.['a'], { b: { c: '…' } });
    assert.equal((line?.['list'] as unknown[] | undefined)?.length, 32);
    assert.equal(line?.['text'], `${'x'.repeat(256)}…(+744)`);
  });

  test('writes an error with its type, message and code', () => {
    const { log, output } = setup();
    log.error('m', { cause: Object.assign(new TypeError('no\nway'), { code: 'E_NO' }) });
    const [line] = output.parsed();
    const { stack, ...rest } = { stack: undefined, ...(line?.['cause'] as object | undefined) };
    assert.deepEqual(rest, { type: 'TypeError', message: 'no\\u{a}way', code: 'E_NO' });
    assert.match(String(stack), /^TypeError: no/);
  });

  test('writes so many lines of one message a second, then says how many it left out', () => {
    const { log, output, clock } = setup();
    for (let count = 0; count < 10; count++) log.warn('flood');
    log.warn('another message');
    clock.advance(1000);
    log.warn('flood');
    const lines = output.parsed().map(({ msg, suppressed }) => [msg, suppressed]);
    assert.deepEqual(lines, [
      ['flood', undefined],
      ['flood', undefined],
      ['flood', undefined],
      ['another message', undefined],
      ['flood', 7],
    ]);
  });

  test('leaves out what is less severe than the configured level', () => {
    const output = linesOutput();
    const log = createLog({ config: { ...config, log_level: 'warn' }, version: '0', output });
    log.info('m');
    assert.deepEqual(output.lines, []);
  });

  test('listens for the end of the process only while lines wait for standard output', () => {
    const before = process.listenerCount('exit');
    for (let count = 0; count < 20; count++)
      createLog({ config: { ...config, log_level: 'warn' }, version: '0' }).info('m');
    assert.equal(process.listenerCount('exit'), before);
  });
});

suite('createLog(), of a call that is traced', () => {
  test('joins the line with the span of its call', () => {
    const output = linesOutput();
    const traceOf = (id: string) => (id === 'd-1' ? { traceId: 'aa', spanId: 'bb', sampled: true } : undefined);
    const log = createLog({ config: telemetrySchema.parse({}), version: '0', output, traceOf });
    log.info('one', { decision_id: 'd-1' });
    log.info('another', { decision_id: 'd-2' });
    log.info('forged', { trace_id: 'mine' });
    const [one, another, forged] = output.parsed();
    assert.deepEqual([one?.['trace_id'], one?.['span_id'], one?.['trace_flags']], ['aa', 'bb', '01']);
    assert.equal(another?.['trace_id'], undefined);
    assert.deepEqual([forged?.['trace_id'], forged?.['_trace_id']], [undefined, 'mine']);
  });
});
