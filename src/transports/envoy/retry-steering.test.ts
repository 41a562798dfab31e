import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { Facts } from '../../decision/facts.ts';
import { retrySteering } from './retry-steering.ts';

const RETRIES = {
  attempts: 3,
  baseMs: 25,
  maxMs: 250,
  attemptTimeoutMs: undefined,
  budgetPercent: 20,
  budgetReserve: 10,
};
const READING: Facts = { ...facts, target: { ...facts.target, idempotent: true } };
const BEFORE = 'connect-failure,reset-before-request';

function steering(of: Facts, changed: object = {}): object {
  return Object.fromEntries(retrySteering(of, { ...RETRIES, ...changed }));
}

suite('retrySteering()', () => {
  test('says nothing where calls are sent once', () => {
    assert.equal(retrySteering(READING, undefined).size, 0);
  });

  test('has what was not sent sent again, and nothing else, for a tool with effects', () => {
    const expected = { 'x-envoy-retry-on': BEFORE, 'x-envoy-max-retries': '2' };
    assert.deepEqual(steering(facts), expected);
    assert.deepEqual(steering({ ...facts, target: { ...facts.target, idempotent: false } }), expected);
    assert.deepEqual(steering(facts, { attemptTimeoutMs: 500 }), expected);
    assert.deepEqual(steering({ ...READING, call: { ...call, kind: 'notification' } }), expected);
  });

  test('has a tool that may be called twice called again', () => {
    assert.deepEqual(steering(READING, { attempts: 5, attemptTimeoutMs: 500 }), {
      'x-envoy-retry-on': `${BEFORE},reset,gateway-error,retriable-status-codes`,
      'x-envoy-max-retries': '4',
      'x-envoy-upstream-rq-per-try-timeout-ms': '500',
    });
  });
});
