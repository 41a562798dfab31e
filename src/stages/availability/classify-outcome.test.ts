import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../../decision/record.ts';
import type { CallResult } from './breaker.ts';
import { classifyOutcome } from './classify-outcome.ts';

const CASES: readonly (readonly [string, Partial<Outcome>, CallResult])[] = [
  ['an answer', { httpStatus: 200 }, { kind: 'success' }],
  ['an answer that nobody saw the status of', {}, { kind: 'success' }],
  ['an error of the tool', { httpStatus: 200, toolError: true }, { kind: 'success' }],
  ['an error that its caller made', { httpStatus: 200, toolError: true, rpcErrorCode: -32_602 }, { kind: 'success' }],
  ['an internal error', { httpStatus: 200, toolError: true, rpcErrorCode: -32_603 }, { kind: 'failure' }],
  ['404', { httpStatus: 404 }, { kind: 'success' }],
  ['408', { httpStatus: 408 }, { kind: 'failure' }],
  ['429', { httpStatus: 429 }, { kind: 'ignored' }],
  ['500', { httpStatus: 500 }, { kind: 'failure' }],
  ['503 with a pause', { httpStatus: 503, retryAfterMs: 7000 }, { kind: 'failure', retryAfterMs: 7000 }],
  ['no usable reply', { kind: 'upstream-failed' }, { kind: 'failure' }],
  ['a server that does not know us', { kind: 'upstream-failed', reason: 'upstream.credential' }, { kind: 'ignored' }],
  [
    'a call that another server had no room for',
    { kind: 'upstream-failed', reason: 'upstream.busy' },
    { kind: 'ignored' },
  ],
  ['a call that a reload kept', { kind: 'upstream-failed', reason: 'fault.reloaded' }, { kind: 'ignored' }],
  ['a reply that is no JSON', { kind: 'replaced', httpStatus: 200, reason: 'reply.unreadable' }, { kind: 'failure' }],
  ['a reply that was too large', { kind: 'replaced', httpStatus: 200, reason: 'reply.too-large' }, { kind: 'ignored' }],
  ['a page with 502', { kind: 'replaced', httpStatus: 502, reason: 'upstream.status' }, { kind: 'failure' }],
  ['a page with 404', { kind: 'replaced', httpStatus: 404, reason: 'upstream.status' }, { kind: 'success' }],
  ['a caller that went away', { kind: 'cancelled' }, { kind: 'ignored' }],
  ['a call that was never sent', { kind: 'undelivered' }, { kind: 'ignored' }],
  ['a call that nobody told of', { kind: 'unknown' }, { kind: 'ignored' }],
];

suite('classifyOutcome()', () => {
  for (const [what, outcome, result] of CASES) {
    test(`takes ${what} for ${result.kind}`, () => {
      const told: Outcome = { decisionId: 'd', kind: 'answered', durationMs: 1, replyBytes: 0, ...outcome };
      assert.deepEqual(classifyOutcome(told), result);
    });
  }
});
