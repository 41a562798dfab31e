import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { call, facts } from '../../decision/facts.fixture.ts';
import type { Facts } from '../../decision/facts.ts';
import { createPlaces } from './places.ts';
import { type PlacesOf, takePlaces } from './take-places.ts';

const ALICE = { ...facts.identity, kind: 'token', principal: 'alice' } as const;
const BOB = { ...ALICE, principal: 'bob' } as const;
const STREAM: Call = { ...call, operation: 'http/get-stream', kind: 'open-stream', treatment: 'stream' };
const INITIALIZE: Call = { ...call, operation: 'initialize', treatment: 'session' };

function room(changed: Partial<PlacesOf<Facts>> = {}): PlacesOf<Facts> {
  return {
    places: createPlaces(),
    maxStreamsPerPrincipal: 1,
    server: { name: 'files', maxCallsPerPrincipal: 1 },
    sessions: { reserve: () => ({ [Symbol.dispose]() {} }) },
    ...changed,
  };
}

/** Takes for each in order, all held; says what the last one was told. */
function last(of: PlacesOf<Facts>, ...asked: readonly Partial<Facts>[]): string | undefined {
  using held = new DisposableStack();
  return asked.map((changed) => takePlaces(of, { ...facts, ...changed }, held)).at(-1)?.operatorDetail;
}

suite('takePlaces()', () => {
  for (const [what, asked, told] of [
    ['counts the calls of a caller', [{ identity: ALICE }, { identity: ALICE }], 'too many calls in progress'],
    ['has room for another caller', [{ identity: ALICE }, { identity: BOB }], undefined],
    ['does not count calls that nobody owns', [{}, {}], undefined],
    ['counts streams apart from calls', [{ identity: ALICE }, { identity: ALICE, call: STREAM }], undefined],
    ['counts streams, also of nobody', [{ call: STREAM }, { call: STREAM }], 'too many open streams'],
  ] as const) {
    test(what, () => assert.equal(last(room(), ...asked), told));
  }

  test('keeps room for the session that an initialize may open, and for nothing else', () => {
    const full = room({ sessions: { reserve: () => 'too-many' } });
    assert.equal(last(full, { call: INITIALIZE }), 'too many sessions being opened');
    assert.equal(last(full, { call }), undefined);
  });

  test('gives back what a call held', () => {
    const of = room();
    assert.equal(last(of, { identity: ALICE }), undefined);
    assert.equal(last(of, { identity: ALICE }), undefined);
  });
});
