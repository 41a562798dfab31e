import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LogHealth } from './log-health.ts';

suite('LogHealth', () => {
  test('is well only when both writing and syncing are', () => {
    const told: string[] = [];
    const health = new LogHealth(({ kind }) => told.push(kind));
    const failure = { cause: new Error('EIO') };
    health.hear('sync', undefined);
    health.hear('sync', failure);
    health.hear('write', failure);
    health.hear('write', undefined);
    assert.equal(health.isFailing, true);
    health.hear('sync', undefined);
    assert.equal(health.isFailing, false);
    assert.deepEqual(told, ['failing', 'failing', 'writing']);
  });
});
