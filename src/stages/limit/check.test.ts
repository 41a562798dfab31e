import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { call, facts } from '../../decision/facts.fixture.ts';
import { limitOf } from '../../policy/limit-spec.fixture.ts';
import type { LimitedRuling } from '../facts.ts';
import { type CountingOptions, limitCheck } from './check.ts';
import type { LimitSpec, LimitStore } from './limit-store.ts';

const never = new AbortController().signal;
const spec = limitOf('k', { name: 'bank.rate', tiers: [{ burst: 5, refill: 1, periodMs: 1000 }], cost: 2 });
const identity = { ...facts.identity, claims: undefined, capability: undefined };

function ruling(limitSpecs: readonly LimitSpec[]): LimitedRuling {
  return { ...facts.ruling, limitSpecs };
}

/** A store that answers as told and remembers what was given back. */
function storeThat(take: LimitStore['take']): LimitStore & { readonly back: LimitSpec[] } {
  const back: LimitSpec[] = [];
  return { back, take, peek: take, force: take, refund: (limits) => void back.push(...limits) };
}

const asked = (): never => assert.fail('asked');
/** What is counted beyond rates is not asked for a call that only has those. */
const NOT_ASKED: CountingOptions = {
  store: { reserve: asked, settle: asked, vacate: asked, renew: asked, look: asked, grant: asked, reset: asked },
  reservations: { hold: asked, withdraw: asked },
  known: { asked },
  isShared: false,
  heldMsOf: asked,
};

suite('limitCheck()', () => {
  test('asks the store nothing when no rule has a limit', async () => {
    const store = storeThat(() => assert.fail('asked'));
    await using undo = new AsyncDisposableStack();
    assert.deepEqual(await limitCheck(store, NOT_ASKED)(call, identity, ruling([]), undo, never), {
      kind: 'found',
      value: { taken: [] },
    });
  });

  test('gives back what it took when a later check refuses', async () => {
    const store = storeThat(() => ({ kind: 'taken', remaining: [3] }));
    const undo = new AsyncDisposableStack();
    assert.deepEqual(await limitCheck(store, NOT_ASKED)(call, identity, ruling([spec]), undo, never), {
      kind: 'found',
      value: { taken: [{ limit: 'bank.rate', cost: 2, remaining: 3 }] },
    });
    assert.deepEqual(store.back, []);
    await undo.disposeAsync();
    assert.deepEqual(store.back, [spec]);
  });

  test('says when to come back, rounded up, and has nothing to give back', async () => {
    const store = storeThat(async () => ({ kind: 'short', limit: spec, retryAfterMs: 1200.5 }));
    const undo = new AsyncDisposableStack();
    assert.deepEqual(await limitCheck(store, NOT_ASKED)(call, identity, ruling([spec]), undo, never), {
      kind: 'deny',
      stage: 'limit',
      reason: 'limit.exceeded',
      detail: { rule: 'bank.rate', retryAfterMs: 1201, message: 'Retry in 2 s.' },
    });
    await undo.disposeAsync();
    assert.deepEqual(store.back, []);
  });

  test('does not ask to come back when waiting will not help', async () => {
    const store = storeThat(() => ({ kind: 'short', limit: spec, retryAfterMs: Infinity }));
    await using undo = new AsyncDisposableStack();
    const answer = await limitCheck(store, NOT_ASKED)(call, identity, ruling([spec]), undo, never);
    assert.deepEqual(answer.kind === 'deny' && answer.detail, {
      rule: 'bank.rate',
      message: 'The call costs more than the limit of 5.',
    });
  });

  test('cannot tell while the store of a limit that is closed then is lost', async () => {
    const cause = new Error('Connection is closed.');
    const store = storeThat(async () => ({ kind: 'lost', limit: spec, cause }));
    const undo = new AsyncDisposableStack();
    assert.deepEqual(await limitCheck(store, NOT_ASKED)(call, identity, ruling([spec]), undo, never), {
      kind: 'fault',
      stage: 'limit',
      reason: 'limit.unavailable',
      detail: { rule: 'bank.rate', retryAfterMs: 1000 },
      operatorDetail: 'Error: Connection is closed.',
      cause,
    });
    await undo.disposeAsync();
    assert.deepEqual(store.back, []);
  });
});
