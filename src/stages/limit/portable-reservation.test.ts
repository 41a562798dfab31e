import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { countOf } from '../../policy/count-spec.fixture.ts';
import { packReservation, unpackReservation } from './portable-reservation.ts';

const counts = [
  countOf('a', { kind: 'concurrent', tenant: 't' }),
  countOf('b', { kind: 'calls' }),
  countOf('c', { kind: 'cost', amount: 40 }),
];

suite('packReservation()', () => {
  test('says all that is needed to settle it', () => {
    const scopes = [
      { kind: 'concurrent', key: 'a', tenant: 't', amount: 1 },
      { kind: 'calls', key: 'b', tenant: undefined, amount: 1 },
      { kind: 'cost', key: 'c', tenant: undefined, amount: 40 },
    ];
    const text = packReservation(counts);
    assert.deepEqual(
      unpackReservation(text, 1),
      scopes.map((scope) => ({ ...scope, actual: scope.amount })),
    );
    assert.deepEqual(
      unpackReservation(text, 0),
      scopes.map((scope) => ({ ...scope, actual: 0 })),
    );
    assert.deepEqual(
      unpackReservation(text, 3)?.map(({ actual }) => actual),
      [3, 3, 120],
    );
  });

  test('is nothing else', () => {
    for (const text of [
      '',
      '{',
      '{}',
      '7',
      'null',
      '[1]',
      '[[]]',
      '[["x","k",null,1]]',
      '[["c",1,null,1]]',
      '[["c","k",1,1]]',
    ]) {
      assert.equal(unpackReservation(text, 1), undefined, text);
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const unpacked = unpackReservation(JSON.stringify(value), 1) ?? [];
        assert.ok(unpacked.every(({ amount }) => typeof amount === 'number'));
      }),
    );
  });
});
