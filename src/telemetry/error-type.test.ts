import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../decision/record.ts';
import { errorTypeOfOutcome, errorTypeOfRefusal } from './error-type.ts';

const ANSWERED: Outcome = { decisionId: 'd', kind: 'answered', durationMs: 1, replyBytes: 1 };
const typeOf = (outcome: Partial<Outcome>): string => {
  const error = errorTypeOfOutcome({ ...ANSWERED, ...outcome });
  return error === undefined ? 'none' : `${error.type} ${error.isFailure}`;
};

suite('error.type', () => {
  test('says whether the service failed, or its caller', () => {
    assert.deepEqual(
      (['deny', 'hold', 'fault'] as const).map((kind) => errorTypeOfRefusal({ kind })),
      [
        { type: 'denied', isFailure: false },
        { type: 'held', isFailure: false },
        { type: 'fault', isFailure: true },
      ],
    );
    const rows: readonly (readonly [Partial<Outcome>, string])[] = [
      [{}, 'none'],
      [{ kind: 'unknown' }, 'none'],
      [{ kind: 'upstream-failed' }, 'upstream_failed true'],
      [{ kind: 'replaced' }, 'reply_replaced true'],
      [{ kind: 'cancelled' }, 'cancelled false'],
      [{ kind: 'undelivered' }, 'undelivered false'],
      [{ toolError: true }, 'tool_error true'],
      [{ toolError: true, rpcErrorCode: -32_602 }, '-32602 false'],
      [{ toolError: true, rpcErrorCode: -32_603 }, '-32603 true'],
      [{ toolError: true, rpcErrorCode: 12_345 }, 'rpc_error true'],
      [{ httpStatus: 200 }, 'none'],
      [{ httpStatus: 404 }, 'http_4xx false'],
      [{ httpStatus: 503 }, 'http_5xx true'],
    ];
    for (const [outcome, expected] of rows) assert.equal(typeOf(outcome), expected, JSON.stringify(outcome));
  });

  test('has few values, whatever a tool server answers', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 100, max: 999 }), fc.boolean(), (rpcErrorCode, httpStatus, isRpc) => {
        seen.add(typeOf(isRpc ? { rpcErrorCode } : { httpStatus }));
      }),
    );
    assert.ok(seen.size <= 14, [...seen].join());
  });
});
