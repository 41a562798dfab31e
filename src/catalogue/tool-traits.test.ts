import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { json } from './catalogue.fixture.ts';
import { guessTraits } from './tool-traits.ts';

function guess(name: string, annotations?: object): [string, readonly string[], boolean, string] {
  const { risk, effects, idempotent, durability } = guessTraits(json({ name, ...(annotations && { annotations }) }));
  return [risk, effects, idempotent, durability];
}

suite('guessTraits()', () => {
  test('expects the worst of a tool that says nothing', () => {
    assert.deepEqual(guess('save'), ['high', ['write', 'destructive'], false, 'bounded']);
  });

  test('believes a tool that says it only reads, unless its name says that it runs something', () => {
    assert.deepEqual(guess('read_file', { readOnlyHint: true }), ['low', ['read'], true, 'bounded']);
    for (const name of ['run_query', 'runQuery', 'exec', 'python.eval', 'shell']) {
      assert.deepEqual(guess(name, { readOnlyHint: true }), ['high', ['read', 'execute'], false, 'bounded'], name);
    }
  });

  test('takes a tool that says it destroys nothing for one that writes', () => {
    assert.deepEqual(guess('add', { destructiveHint: false, idempotentHint: true }), [
      'medium',
      ['write'],
      true,
      'bounded',
    ]);
  });

  test('reads only booleans as hints', () => {
    assert.deepEqual(guess('save', { readOnlyHint: 'true' })[0], 'high');
    assert.deepEqual(guessTraits(json({ name: 'save', annotations: 'readOnlyHint' })).risk, 'high');
  });
});
