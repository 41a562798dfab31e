import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreHealth } from './store-health.ts';

function healthOf(failuresToLose: number) {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  const changes: boolean[] = [];
  const health = new StoreHealth({ clock, failuresToLose, onChange: (isLost) => void changes.push(isLost) });
  return { clock, changes, health };
}

suite('StoreHealth', () => {
  test('is lost after so many failures in a row, and no fewer', () => {
    const { health, changes } = healthOf(3);
    for (const act of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) health[act](act);
    assert.equal(health.isLost, false);
    health.failed('last');
    health.failed('later');
    assert.deepEqual([health.isLost, health.cause, changes], [true, 'later', [true]]);
  });

  test('says what stands behind a failure', () => {
    const told: unknown[] = [];
    const health = new StoreHealth({
      clock: { monotonicMs: () => 0 },
      failuresToLose: 1,
      onChange: (_isLost, cause) => void told.push(cause),
      behind: (cause) => `${String(cause)}, since nobody listens`,
    });
    health.failed('refused');
    assert.deepEqual([health.cause, ...told], Array(2).fill('refused, since nobody listens'));
  });

  test('is back after one success, and knows how long it was lost in all', () => {
    const { health, changes, clock } = healthOf(1);
    health.failed('x');
    clock.atMs = 300;
    assert.equal(health.lostMs(), 300);
    health.succeeded();
    clock.atMs = 500;
    assert.equal(health.lostMs(), 300);
    health.failed('y');
    clock.atMs = 700;
    assert.deepEqual([health.lostMs(), changes], [500, [true, false, true]]);
  });
});
