import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, type JsonValue } from '../kit/json.ts';
import { type BodyEdit, editBody, printJson } from './edit-body.ts';
import { findSpan, type JsonPath } from './find-span.ts';

/** A text as a call's body. */
function bodyOf(text: string): Parameters<typeof editBody>[0] {
  const body = Buffer.from(text);
  return { body, spanOf: (path) => findSpan(body, path) };
}

function edit(text: string, ...edits: readonly BodyEdit[]): string {
  return Buffer.from(editBody(bodyOf(text), edits)).toString();
}

/** Every path into a plain value but the whole. */
function placesIn(value: unknown, path: JsonPath = []): JsonPath[] {
  const children = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return children.flatMap(([key, child]) => {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    return [place, ...placesIn(child, place)];
  });
}

suite('editBody()', () => {
  test('replaces only the value, and leaves how the rest is written', () => {
    const text = '{ "id" : 1.0 , "params":{"taskId":"sealed","n":1e2,"\\u0061":[ ]} }';
    assert.equal(
      edit(text, { path: ['params', 'taskId'], value: 't1' }),
      '{ "id" : 1.0 , "params":{"taskId":"t1","n":1e2,"\\u0061":[ ]} }',
    );
  });

  test('makes several edits in any order', () => {
    const edits = [
      { path: ['b'], value: null },
      { path: ['a', 0], value: new Map([['x', 1]]) },
    ];
    assert.equal(edit('{"a":[0,1],"b":2}', ...edits), '{"a":[{"x":1},1],"b":null}');
    assert.equal(edit('{"a":[0,1],"b":2}', ...edits.toReversed()), '{"a":[{"x":1},1],"b":null}');
  });

  test('gives the received buffer back when there is nothing to edit', () => {
    const body = bodyOf('{}');
    assert.equal(editBody(body, []), body.body);
  });

  test('throws when there is nothing at the path, and when edits overlap', () => {
    assert.throws(() => edit('{"a":1}', { path: ['b'], value: 1 }), RangeError);
    assert.throws(() => edit('{"a":[1]}', { path: ['a'], value: 1 }, { path: ['a', 0], value: 2 }), RangeError);
    assert.throws(() => edit('{"a":1}', { path: ['a'], value: 1 }, { path: ['a'], value: 2 }), RangeError);
  });

  test('gives a body that reads as the edited value, every other byte as before', () => {
    const json = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 4 });
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), json, { minKeys: 1 }),
        json,
        fc.nat(),
        fc.nat(3),
        (plain, value, pick, indent) => {
          const text = JSON.stringify(plain, undefined, indent);
          const places = placesIn(JSON.parse(text));
          const path = places[pick % places.length] ?? [];
          const { start = 0, end = 0 } = findSpan(Buffer.from(text), path) ?? {};
          const printed = printJson(fromPlain(JSON.parse(JSON.stringify(value))));
          const bytes = Buffer.from(text);
          const expected = Buffer.concat([bytes.subarray(0, start), Buffer.from(printed), bytes.subarray(end)]);
          assert.equal(edit(text, { path, value: fromPlain(JSON.parse(printed)) }), expected.toString());
          assert.doesNotThrow(() => JSON.parse(expected.toString()));
        },
      ),
    );
  });
});

suite('printJson()', () => {
  test('prints members in their order', () => {
    const value: JsonValue = new Map<string, JsonValue>([
      ['2', 'é"\n'],
      ['1', [true, null, 1.5, new Map()]],
    ]);
    assert.equal(printJson(value), '{"2":"é\\"\\n","1":[true,null,1.5,{}]}');
  });
});
