import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../kit/canonical-json.ts';
import { sha256Hex } from '../../kit/digest.ts';
import { fromPlain, type JsonObject } from '../../kit/json.ts';
import { differences } from './differences.ts';
import type { KnownArguments } from './replayed-call.ts';

const json = (plain: unknown): JsonObject => fromPlain(plain) as JsonObject;
const kept = (plain: unknown, omitted = false): KnownArguments => ({ kind: 'value', value: json(plain), omitted });
const among = (known: KnownArguments, called: unknown) => [...differences(known, json(called))];
const anyObject = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }));

suite('differences()', () => {
  test('names each place, as deep as it can be named', () => {
    const found = among(kept({ a: { 'b/c': [1, 2] }, gone: true }), { a: { 'b/c': [1, 3, 4] }, more: null });
    assert.deepEqual(found, [
      { pointer: '/a/b~1c/1', recorded: 2, called: 3 },
      { pointer: '/a/b~1c/2', recorded: undefined, called: 4 },
      { pointer: '/gone', recorded: true, called: undefined },
      { pointer: '/more', recorded: undefined, called: null },
    ]);
  });

  test('takes anything for what was left out, and not for what only looks like that', () => {
    assert.deepEqual(among(kept({ token: '(omitted)' }, true), { token: { any: 'thing' } }), []);
    assert.equal(among(kept({ token: '(omitted)' }, true), {}).length, 1);
    assert.equal(among(kept({ token: '(omitted)' }), { token: 'x' }).length, 1);
  });

  test('compares digests, and names what rules read', () => {
    const args = json({ path: '/a', text: 'b' });
    const known: KnownArguments = {
      kind: 'digest',
      sha256: sha256Hex(canonicalJson(args)),
      values: new Map([['/path', '/a']]),
    };
    assert.deepEqual([...differences(known, args)], []);
    assert.deepEqual(among(known, { path: '/b', text: 'b' }), [{ pointer: '/path', recorded: '/a', called: '/b' }]);
    const [other] = among(known, { path: '/a', text: 'c' });
    assert.equal(other?.pointer, '');
  });

  test('finds none exactly where the canonical texts are the same', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (one, other) => {
        const isSame = canonicalJson(json(one)) === canonicalJson(json(other));
        assert.equal(among(kept(one), other).length === 0, isSame);
        assert.deepEqual(among(kept(one), structuredClone(one)), []);
      }),
    );
  });
});
