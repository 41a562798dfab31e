import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limitTiersOf, periodsOf } from './limit-tiers.ts';

const common = { cost: 1, by: [] };

suite('limitTiersOf()', () => {
  test('reads one rate, whose burst is a period full unless said otherwise', () => {
    assert.deepEqual(limitTiersOf({ ...common, per_minute: 30 }), [{ burst: 30, refill: 30, periodMs: 60_000 }]);
    assert.deepEqual(limitTiersOf({ ...common, burst: 5, per_hour: 30 }), [
      { burst: 5, refill: 30, periodMs: 3_600_000 },
    ]);
  });

  test('orders the rates of a list by period', () => {
    const rates = [{ per_day: 1000 }, { burst: 20, per_second: 5 }];
    assert.deepEqual(limitTiersOf({ ...common, rates }), [
      { burst: 20, refill: 5, periodMs: 1000 },
      { burst: 1000, refill: 1000, periodMs: 86_400_000 },
    ]);
  });
});

suite('periodsOf()', () => {
  test('has a letter for each period', () => {
    const rates = [{ per_day: 1 }, { per_second: 1 }, { per_hour: 1 }, { per_minute: 1 }];
    const tiers = limitTiersOf({ ...common, rates });
    assert.ok(!('message' in tiers));
    assert.equal(periodsOf(tiers), 'smhd');
  });
});
