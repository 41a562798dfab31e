import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { frozenClaims, type FrozenReport, isJudged, whyUnsound } from './frozen-redis.ts';

const OPTIONS = { perSecond: 1000, rounds: 2, warmUp: 0, frozenMs: 3000, aroundMs: 2000 };
const phase = (p99: number) => ({ calls: 4000, completed: 4000, p50: 1, p99, slowest: p99 });

function report(changed: Partial<FrozenReport>): FrozenReport {
  return {
    options: OPTIONS,
    sound: 2,
    unsound: [],
    before: phase(5),
    during: phase(45),
    after: phase(6),
    told: {},
    ranTwice: 0,
    resident: [1, 1],
    openFiles: [20, 20],
    ...changed,
  };
}

const failed = (changed: Partial<FrozenReport>): readonly string[] =>
  frozenClaims(report(changed)).flatMap(({ text, holds }) => (holds ? [] : [text]));

suite('whyUnsound()', () => {
  const sound = { calm: { calls: 2000, p99: 5 }, latestMs: 20, options: OPTIONS };

  test('leaves out a round that was slow before anything was done, or whose callers stood still', () => {
    assert.equal(whyUnsound(sound), undefined);
    assert.equal(whyUnsound({ ...sound, calm: { calls: 2000, p99: 809 } }), 'p99 809 ms before, of 50');
    assert.equal(whyUnsound({ ...sound, calm: { calls: 1700, p99: 5 } }), '1700 calls before, of 2000');
    assert.equal(whyUnsound({ ...sound, latestMs: 812.4 }), 'callers stood still for 812 ms, of 100');
  });
});

suite('frozenClaims()', () => {
  test('judges times where the machine had time', () => {
    assert.deepEqual(failed({}), []);
    assert.deepEqual(failed({ after: phase(200) }), ['is as fast as before a second after']);
    assert.deepEqual(failed({ during: phase(900) }), ['waits no longer than the deadline']);
  });

  test('judges no times where it had not, and the rest all the same', () => {
    const busy = { sound: 1, unsound: ['p99 809 ms before, of 50'], before: phase(809), after: phase(2000) };
    assert.equal(isJudged(report(busy)), false);
    assert.deepEqual(failed(busy), []);
    assert.deepEqual(failed({ ...busy, ranTwice: 1 }), ['runs at most once']);
  });
});
