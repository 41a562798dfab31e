import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { objectOf } from './catalogue.fixture.ts';
import { argumentPaths, pointerOf, readArguments } from './read-arguments.ts';
import type { ScopedRule } from './rule.ts';

/** As much of rules as is looked at. */
function rulesThatRead(...reads: string[][]): readonly ScopedRule[] {
  return [{ condition: { reads } }] as unknown as readonly ScopedRule[];
}

suite('argumentPaths()', () => {
  test('finds what CEL reads of the arguments, under either name', () => {
    assert.deepEqual(argumentPaths(['args.a.b', 'params.arguments.c', 'principal.id', 'params._meta.x', 'now']), [
      ['a', 'b'],
      ['c'],
    ]);
  });

  test('takes a bare variable for all of them', () => {
    assert.deepEqual(argumentPaths(['args', 'params']), [[], []]);
  });

  test('reads quoted names whole', () => {
    assert.deepEqual(argumentPaths([String.raw`args["a.b]\"/"].c`]), [['a.b]"/', 'c']]);
  });
});

suite('readArguments()', () => {
  test('names values by JSON Pointer and leaves out what is not there', () => {
    const args = objectOf({ 'a/b~c': { d: [1] }, 'e': null });
    assert.deepEqual(
      readArguments(rulesThatRead(['a/b~c', 'd'], ['e'], ['f'], ['e', 'g']), args),
      new Map<string, unknown>([
        ['/a~1b~0c/d', [1]],
        ['/e', null],
      ]),
    );
    assert.equal(pointerOf([]), '');
  });

  test('keeps values whole: what is recorded of them is for the record to say', () => {
    const long = 'é'.repeat(5000);
    assert.equal(readArguments(rulesThatRead(['long']), objectOf({ long })).get('/long'), long);
  });
});
