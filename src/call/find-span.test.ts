import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { findSpan, type JsonPath } from './find-span.ts';

/** The text at `path`. */
function at(text: string, path: JsonPath): string | undefined {
  const bytes = Buffer.from(text);
  const span = findSpan(bytes, path);
  return span && bytes.toString('utf8', span.start, span.end);
}

/** The span, or the error that bytes end in which the reader refuses. */
function spanOrError(bytes: Uint8Array, path: JsonPath): unknown {
  try {
    return findSpan(bytes, path);
  } catch (cause) {
    assert.ok(cause instanceof SyntaxError);
    return cause;
  }
}

/** Every path into a plain value, with the value. */
function* places(value: unknown, path: JsonPath = []): Generator<[JsonPath, unknown]> {
  yield [path, value];
  const children = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  for (const [key, child] of children) yield* places(child, [...path, Array.isArray(value) ? Number(key) : key]);
}

suite('findSpan()', () => {
  const text = ' {"a" : [1 , {"b":"x\\"]" , "c\\u0064": [ ] }, true] , "é":"ü" , "z":-1.50}\n';

  test('finds values as they are written', () => {
    assert.equal(at(text, ['a']), '[1 , {"b":"x\\"]" , "c\\u0064": [ ] }, true]');
    assert.equal(at(text, ['a', 0]), '1');
    assert.equal(at(text, ['a', 1, 'b']), '"x\\"]"');
    assert.equal(at(text, ['a', 2]), 'true');
    assert.equal(at(text, ['é']), '"ü"');
    assert.equal(at(text, ['z']), '-1.50');
  });

  test('finds the whole value by the empty path, without the space around it', () => {
    assert.equal(at(text, []), text.trim());
  });

  test('knows a key by what it means, not by how it is written', () => {
    assert.equal(at(text, ['a', 1, 'cd']), '[ ]');
  });

  test('says when there is nothing', () => {
    for (const path of [['b'], ['a', 3], ['a', -1], ['a', 'b'], ['z', 'x'], ['é', 0], ['a', 1, 'c']]) {
      assert.equal(at(text, path), undefined);
    }
    assert.equal(at('{}', ['a']), undefined);
    assert.equal(at('[]', [0]), undefined);
  });

  test('finds every value of any text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), fc.nat(3), (plain, indent) => {
        const printed = JSON.stringify(plain, undefined, indent);
        for (const [path, value] of places(JSON.parse(printed))) {
          assert.deepEqual(JSON.parse(at(printed, path) ?? ''), value);
        }
      }),
    );
  });

  test('ends for any bytes', () => {
    const bytes = fc.stringMatching(/^[[\]{}",:1 \\a]{0,30}$/).map((soup) => Buffer.from(soup));
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.oneof(fc.constantFrom('', 'a', '1'), fc.nat(3)), { maxLength: 4 }),
        (soup, path) => {
          assert.ok(spanOrError(soup, path) !== null);
        },
      ),
    );
  });

  test('passes over a megabyte of escaped quotes in time', { timeout: 2000 }, () => {
    assert.equal(at(`{"a":"${'\\"'.repeat(500_000)}","b":7}`, ['b']), '7');
  });
});
