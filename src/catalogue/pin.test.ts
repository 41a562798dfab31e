import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { json, readFile } from './catalogue.fixture.ts';
import { pinOf } from './pin.ts';

suite('pinOf()', () => {
  test('is the SHA-256 of the canonical form', () => {
    assert.equal(pinOf(json({ name: 'x' })), '0229d37e33daae149bf40543a5ce1db4459d10f830d5139279aa2bfd5f6485a1');
  });

  test('does not depend on the order of members', () => {
    const reversed = json(Object.fromEntries(Object.entries(readFile).toReversed()));
    assert.equal(pinOf(reversed), pinOf(json(readFile)));
  });

  test('covers annotations, titles, output schemas, execution and _meta', () => {
    const parts = [
      { title: 'x' },
      { annotations: {} },
      { outputSchema: {} },
      { _meta: { a: 1 } },
      { execution: {} },
      { icons: [] },
    ];
    const pins = parts.map((part) => pinOf(json({ ...readFile, ...part })));
    assert.equal(new Set([...pins, pinOf(json(readFile))]).size, parts.length + 1);
  });

  test('changes with any changed value, at any depth, and not with the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.nat(), (plain, at) => {
        const definition = json({ name: 'x', ...JSON.parse(JSON.stringify(plain)) });
        assert.equal(pinOf(shuffled(definition)), pinOf(definition));
        const changed = changeLeaf(definition, { left: at % countLeaves(definition) });
        assert.notEqual(pinOf(changed as JsonObject), pinOf(definition));
      }),
    );
  });
});

function shuffled(value: JsonObject): JsonObject {
  return new Map(
    [...value].toReversed().map(([key, member]) => [key, isJsonObject(member) ? shuffled(member) : member]),
  );
}

function countLeaves(value: JsonValue): number {
  if (isJsonArray(value)) return value.reduce((sum: number, item) => sum + countLeaves(item), 0) || 1;
  if (isJsonObject(value))
    return [...value.values()].reduce((sum: number, member) => sum + countLeaves(member), 0) || 1;
  return 1;
}

/** Changes the leaf that comes after `place.left` others. */
function changeLeaf(value: JsonValue, place: { left: number }): JsonValue {
  if (isJsonArray(value) && value.length > 0) return value.map((item) => changeLeaf(item, place));
  if (isJsonObject(value) && value.size > 0) {
    return new Map([...value].map(([key, member]) => [key, changeLeaf(member, place)]));
  }
  return place.left-- === 0 ? [value, 'changed'] : value;
}
