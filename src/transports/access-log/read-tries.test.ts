import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { field, mapEntry, number } from '../envoy/wire.fixture.ts';
import { mutatedLogs } from './access-logs.fixture.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { namesTriesLog, readTries } from './read-tries.ts';
import { RECORDED } from './recorded.fixture.ts';

const text = (value: string): Buffer => Buffer.from(value);
const START = field(5, number(1, 100));
const HEADERS = field(3, mapEntry(13, 'sallyport-decision-id', text('d-1')));
const tries = (...entry: Uint8Array[]): Buffer => field(2, field(1, ...entry));

suite('readTries()', () => {
  test('reads when a try began, of which call it was, and what came of it', () => {
    assert.deepEqual(readTries(tries(field(1, START), HEADERS)), [
      {
        decisionId: 'd-1',
        attempt: {
          startedAtMs: 100_000,
          durationMs: 0,
          upstream: undefined,
          httpStatus: undefined,
          failure: undefined,
        },
      },
    ]);
  });

  test('reads how long a reply asked not to be called, and takes nothing else for that', () => {
    const reply = (value: string): Buffer =>
      field(4, field(1, number(1, 99)), mapEntry(4, 'retry-after', text(value)), mapEntry(4, 'server', text('x')));
    const told = (value: string): unknown[] =>
      readTries(tries(field(1, START), HEADERS, reply(value))).map(({ attempt }) => [
        attempt.httpStatus,
        attempt.retryAfterMs,
      ]);
    assert.deepEqual(told('7'), [[99, 7000]]);
    for (const none of ['', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT', '1e3']) {
      assert.deepEqual(told(none), [[99, undefined]]);
    }
  });

  test('leaves out a try without a begin, or of no call', () => {
    assert.deepEqual(readTries(tries(HEADERS)), []);
    assert.deepEqual(readTries(tries(field(1, START))), []);
    assert.deepEqual(readTries(tries(field(1, START), field(3, mapEntry(13, 'x-request-id', text('d-1'))))), []);
  });

  test('never throws, whatever it is given', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), mutatedLogs(1));
    fc.assert(
      fc.property(bytes, (message) => {
        assert.ok(Array.isArray(readTries(message)));
        assert.equal(typeof namesTriesLog(message), 'boolean');
      }),
    );
  });
});

suite('namesTriesLog()', () => {
  const identifier = (name: string): Buffer => field(1, field(2, text(name)));

  test('tells the log of tries from that of outcomes', () => {
    assert.ok(namesTriesLog(identifier('sallyport-tries')));
    for (const message of [identifier('sallyport'), Buffer.alloc(0), ...Object.values(RECORDED)]) {
      assert.ok(!namesTriesLog(message));
    }
    assert.equal(readAccessLogs(identifier('sallyport-tries')).kind, 'logs');
  });
});
