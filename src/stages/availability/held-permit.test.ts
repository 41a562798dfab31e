import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { CallResult } from './breaker.ts';
import { HeldPermit } from './held-permit.ts';

interface Heard {
  readonly what: 'attempted' | 'settle';
  readonly kind: CallResult['kind'];
  readonly tookMs: number | undefined;
}

function held(isFollowed = false): { readonly permit: HeldPermit; readonly heard: Heard[] } {
  const heard: Heard[] = [];
  const hear =
    (what: Heard['what']) =>
    ({ kind }: CallResult, tookMs?: number): void =>
      void heard.push({ what, kind, tookMs });
  const permit = new HeldPermit({ settle: hear('settle'), attempted: hear('attempted'), leave() {} }, isFollowed);
  return { permit, heard };
}

const attempt = (httpStatus: number | undefined, durationMs = 5, failure?: string) => ({
  startedAtMs: 0,
  durationMs,
  upstream: undefined,
  httpStatus,
  failure,
});
const OK: CallResult = { kind: 'success' };

suite('HeldPermit', () => {
  test('tells of one attempt once, whatever is told of it', () => {
    const { permit, heard } = held();
    permit.tried(attempt(503), 0);
    permit.settle({ kind: 'failure' }, 1, 100);
    assert.deepEqual(heard, [{ what: 'settle', kind: 'failure', tookMs: 5 }]);
  });

  test('tells what each attempt before the last came to', () => {
    const { permit, heard } = held();
    permit.tried(attempt(503, 5), 10);
    permit.tried(attempt(429, 6), 20);
    permit.tried(attempt(undefined, 7, 'upstream_overflow'), 30);
    permit.settle(OK, 4, 100);
    assert.deepEqual(heard, [
      { what: 'attempted', kind: 'failure', tookMs: 5 },
      { what: 'attempted', kind: 'ignored', tookMs: 6 },
      { what: 'attempted', kind: 'ignored', tookMs: 7 },
      { what: 'settle', kind: 'success', tookMs: 70 },
    ]);
  });

  test('takes one that nobody told of for a failure', () => {
    const { permit, heard } = held();
    permit.settle(OK, 2, 100);
    assert.deepEqual(heard, [
      { what: 'attempted', kind: 'failure', tookMs: 0 },
      { what: 'settle', kind: 'success', tookMs: undefined },
    ]);
  });

  test('does not count a pause that was asked for as time of the last attempt', () => {
    const { permit, heard } = held();
    permit.tried({ ...attempt(503), retryAfterMs: 1000 }, 10);
    permit.settle(OK, 2, 1300);
    assert.equal(heard.at(-1)?.tookMs, 0);
  });

  test('leaves attempts alone that have permits of their own', () => {
    const { permit, heard } = held(true);
    permit.settle(OK, 3, 100);
    assert.deepEqual(heard, [{ what: 'settle', kind: 'success', tookMs: undefined }]);
  });

  test('tells of as many attempts as there were, however many were told, early or late', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(40), fc.integer({ min: 1, max: 1_000_000 }), (early, late, attempts) => {
        const { permit, heard } = held();
        for (let told = 0; told < early; told += 1) permit.tried(attempt(503), told);
        permit.settle(OK, attempts, 100);
        const counted = heard.length;
        for (let told = 0; told < late; told += 1) permit.tried(attempt(503), told);
        assert.equal(heard.length, counted);
        assert.equal(heard.length, Math.min(16, attempts));
        assert.equal(heard.filter(({ what }) => what === 'settle').length, 1);
      }),
    );
  });
});
