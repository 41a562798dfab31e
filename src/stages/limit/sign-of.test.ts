import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../../decision/record.ts';
import { signOf } from './sign-of.ts';

const outcome = (one: Partial<Outcome>): Outcome => ({
  decisionId: 'd',
  kind: 'answered',
  durationMs: 5,
  replyBytes: 0,
  ...one,
});

suite('signOf()', () => {
  for (const [what, one, expected] of [
    ['an answer', { httpStatus: 200 }, 'well'],
    ['an answer that took long', { httpStatus: 200, durationMs: 101 }, 'slow'],
    ['429, however it reached the caller', { kind: 'replaced', httpStatus: 429 }, 'pushed-back'],
    ['503, however fast', { kind: 'upstream-failed', httpStatus: 503 }, 'pushed-back'],
    ['another failure: less load does not mend it', { kind: 'upstream-failed', httpStatus: 500 }, 'well'],
    ['a timeout', { kind: 'upstream-failed', reason: 'upstream.timeout' }, 'slow'],
    ['a caller that left early', { kind: 'cancelled' }, undefined],
    ['a caller that left late', { kind: 'cancelled', durationMs: 101 }, 'slow'],
    ['a call that was never sent', { kind: 'undelivered', durationMs: 101 }, undefined],
    ['a call of which nobody knows', { kind: 'unknown', durationMs: 101 }, undefined],
  ] as const satisfies readonly (readonly [string, Partial<Outcome>, string | undefined])[]) {
    test(`takes ${what} for ${expected ?? 'nothing'}`, () => assert.equal(signOf(outcome(one), 100), expected));
  }
});
