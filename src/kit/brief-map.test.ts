import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { BriefMap } from './brief-map.ts';

type Step = readonly [what: 'set' | 'delete', key: number, value: string];

const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom('set', 'delete'), fc.nat({ max: 5 }), fc.string());

/** A Map in which what is set anew goes to the end. */
function apply(map: Map<number, string>, [what, key, value]: Step): void {
  map.delete(key);
  if (what === 'set') map.set(key, value);
}

suite('BriefMap', () => {
  test('holds what a Map holds in which each set goes to the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const brief = new BriefMap<number, string>();
        const plain = new Map<number, string>();
        for (const one of steps) {
          const [what, key, value] = one;
          const before = plain.get(key);
          assert.equal(brief.get(key), before);
          assert.equal(what === 'delete' ? brief.delete(key) : before, before);
          if (what === 'set') brief.set(key, value);
          apply(plain, one);
          assert.equal(brief.has(key), plain.has(key));
        }
        assert.deepEqual(
          [brief.size, [...brief.keys()], [...brief.values()]],
          [plain.size, [...plain.keys()], [...plain.values()]],
        );
      }),
    );
  });

  test('may be emptied while its keys are gone through', () => {
    const map = new BriefMap<string, number>();
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    for (const key of map.keys()) map.delete(key);
    assert.deepEqual([map.size, [...map.values()]], [0, []]);
  });
});
