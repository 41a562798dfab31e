import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, isJsonObject, type JsonObject, toPlain } from '../../kit/json.ts';
import { readArguments } from '../read-arguments.ts';
import type { ScopedRule } from '../rule.ts';
import { knownArguments } from './known-arguments.ts';

const names = (...all: string[]): ReadonlySet<string> => new Set(all);
const values = (plain: object): ReadonlyMap<string, ReturnType<typeof fromPlain>> =>
  new Map(Object.entries(plain).map(([pointer, value]) => [pointer, fromPlain(value)]));
const known = (...asked: Parameters<typeof knownArguments>): unknown => {
  const args = knownArguments(...asked);
  return args === undefined ? undefined : JSON.parse(JSON.stringify(toPlain(args)));
};

suite('knownArguments()', () => {
  test('has what was recorded, and null for what is only named', () => {
    const recorded = { names: names('path', 'mode'), values: values({ '/path': '/a' }) };
    assert.deepEqual(known(recorded, [['path'], ['limit']], true), { path: '/a', mode: null });
  });

  test('is unknown where a path that is read was there and not recorded', () => {
    const recorded = { names: names('path', 'mode'), values: values({ '/path': '/a' }) };
    assert.equal(known(recorded, [['mode']], false), undefined);
    assert.equal(known(recorded, [['path'], ['mode', 'deep']], false), undefined);
  });

  test('is unknown without names, where an absence or the names themselves are read', () => {
    const recorded = { names: undefined, values: values({ '/path': '/a' }) };
    assert.deepEqual(known(recorded, [['path']], false), { path: '/a' });
    assert.equal(known(recorded, [['limit']], false), undefined);
    assert.equal(known(recorded, [['path']], true), undefined);
  });

  test('finds a path in a value that was recorded above it', () => {
    const recorded = { names: names('to'), values: values({ '/to': { city: 'Bern' } }) };
    assert.deepEqual(known(recorded, [['to', 'city']], true), { to: { city: 'Bern' } });
    assert.deepEqual(known(recorded, [['to', 'zip']], true), { to: null });
  });

  test('puts all arguments together from each of them', () => {
    const recorded = { names: names('a', 'b'), values: values({ '/a': 1, '/b': 2 }) };
    assert.deepEqual(known(recorded, [[]], false), { a: 1, b: 2 });
    assert.equal(known({ ...recorded, names: names('a', 'b', 'c') }, [[]], false), undefined);
  });

  test('is what the same rules saw, of whatever arguments they read', () => {
    const key = fc.constantFrom('a', 'b', 'c~/d');
    const args = fc.dictionary(key, fc.oneof(fc.integer(), fc.dictionary(key, fc.integer())));
    const path = fc.array(key, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(args, fc.array(path, { maxLength: 4 }), (plain, reads) => {
        const whole = fromPlain({ ...plain }) as JsonObject;
        const rule = { condition: { reads } } as unknown as ScopedRule;
        const recorded = { names: new Set(whole.keys()), values: readArguments([rule], whole) };
        const replayed = knownArguments(recorded, reads, true);
        assert.ok(replayed !== undefined || reads.some(([top = '', inner]) => inner !== undefined && whole.has(top)));
        const seen = replayed ?? whole;
        for (const read of reads) assert.deepEqual(at(seen, read), at(whole, read));
      }),
    );
  });
});

function at(args: JsonObject, path: readonly string[]): unknown {
  const [name = '', ...rest] = path;
  const value = args.get(name);
  if (rest.length === 0) return value === null ? undefined : value;
  return isJsonObject(value) ? at(value, rest) : undefined;
}
