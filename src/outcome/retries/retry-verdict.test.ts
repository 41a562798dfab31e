import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  assert as property,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  property as forAll,
  record,
} from 'fast-check';
import { type FailedAttempt, retryVerdict, type RetrySituation } from './retry-verdict.ts';

const SETTINGS = { attempts: 3, baseMs: 25, maxMs: 250 };
const UNSENT: FailedAttempt = { kind: 'unsent' };
const BROKEN: FailedAttempt = { kind: 'broken' };
const TIMEOUT: FailedAttempt = { kind: 'timeout' };

function status(code: number, retryAfter: number | 'none' | 'unreadable' = 'none'): FailedAttempt {
  return { kind: 'status', status: code, retryAfter };
}

/** The verdict in one word: the pause in milliseconds without any jitter, or why it stops. */
function verdict(failed: FailedAttempt, about: Partial<RetrySituation> = {}, random = 0): number | string {
  const said = retryVerdict({ failed, repeatable: false, made: 1, leftMs: 60_000, ...about }, SETTINGS, random);
  return said.kind === 'retry' ? said.afterMs : said.why;
}

suite('retryVerdict()', () => {
  const rows: readonly (readonly [string, FailedAttempt, once: number | string, repeatable: number | string])[] = [
    ['no connection', UNSENT, 0, 0],
    ['a connection that broke', BROKEN, 'unsafe', 0],
    ['no reply in time', TIMEOUT, 'unsafe', 0],
    ['502', status(502), 'unsafe', 0],
    ['503', status(503), 'unsafe', 0],
    ['504', status(504), 'unsafe', 0],
    ['503 that says when', status(503, 2000), 'unsafe', 2000],
    ['503 that names a date', status(503, 'unreadable'), 'final', 'final'],
    ['429 that says when', status(429, 1000), 'unsafe', 1000],
    ['429 that says nothing', status(429), 'final', 'final'],
    ['429 that names a date', status(429, 'unreadable'), 'final', 'final'],
    ['500', status(500), 'final', 'final'],
    ['501', status(501), 'final', 'final'],
    ['408', status(408), 'final', 'final'],
    ['400', status(400), 'final', 'final'],
    ['200', status(200, 1000), 'final', 'final'],
  ];
  for (const [name, failed, once, repeatable] of rows) {
    test(`after ${name}: ${once}, and ${repeatable} for what may be called twice`, () => {
      assert.equal(verdict(failed), once);
      assert.equal(verdict(failed, { repeatable: true }), repeatable);
    });
  }

  test('makes pauses longer, up to the longest', () => {
    const most = (made: number): number | string => {
      const wide = { ...SETTINGS, attempts: 9 };
      const said = retryVerdict({ failed: UNSENT, repeatable: false, made, leftMs: 60_000 }, wide, 0.999_999_9);
      return said.kind === 'retry' ? Math.round(said.afterMs) : said.why;
    };
    assert.deepEqual([1, 2, 3, 4, 5].map(most), [25, 75, 175, 250, 250]);
  });

  test('stops at the last attempt, and where the next would begin at the deadline', () => {
    assert.equal(verdict(UNSENT, { made: 2 }), 0);
    assert.equal(verdict(UNSENT, { made: 3 }), 'spent');
    assert.equal(verdict(status(503, 1000), { repeatable: true, leftMs: 1000 }), 'late');
    assert.equal(verdict(status(503, 1000), { repeatable: true, leftMs: 1001 }), 1000);
    assert.equal(verdict(UNSENT, { leftMs: 0 }), 'late');
    assert.equal(verdict(UNSENT, { leftMs: -5 }), 'late');
  });

  const failures = oneof(
    constant(UNSENT),
    constant(BROKEN),
    constant(TIMEOUT),
    record({
      kind: constant('status' as const),
      status: integer({ min: 100, max: 599 }),
      retryAfter: oneof(integer({ min: 0, max: 1e9 }), constantFrom('none' as const, 'unreadable' as const)),
    }),
  );
  const situations = record({
    failed: failures,
    repeatable: boolean(),
    made: integer({ min: 1, max: 6 }),
    leftMs: integer({ min: -1000, max: 100_000 }),
  });
  const settings = record({
    attempts: integer({ min: 2, max: 5 }),
    baseMs: integer({ min: 1, max: 1000 }),
    maxMs: integer({ min: 1000, max: 5000 }),
  });
  const random = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('never sends a second time what was sent and may not be repeated', () => {
    property(
      forAll(situations, settings, random, (situation, how, chance) => {
        const said = retryVerdict({ ...situation, repeatable: false }, how, chance);
        assert.ok(said.kind === 'stop' || situation.failed.kind === 'unsent');
      }),
    );
  });

  test('never exceeds the attempts, the deadline and the longest pause, and never undercuts what the reply asked for', () => {
    property(
      forAll(situations, settings, random, (situation, how, chance) => {
        const said = retryVerdict(situation, how, chance);
        const asked = 'retryAfter' in situation.failed ? situation.failed.retryAfter : 0;
        const floorMs = typeof asked === 'number' ? asked : 0;
        const good =
          said.kind === 'stop' ||
          (situation.made < how.attempts &&
            said.afterMs < situation.leftMs &&
            said.afterMs >= floorMs &&
            said.afterMs <= floorMs + how.maxMs);
        assert.ok(good, JSON.stringify(said));
      }),
    );
  });
});
