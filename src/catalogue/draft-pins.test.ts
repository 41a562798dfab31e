import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readFile } from './catalogue.fixture.ts';
import { draftPins } from './draft-pins.ts';
import { readDefinition } from './read-definition.ts';

function draft(...texts: readonly (string | object)[]): ReturnType<typeof draftPins> {
  return draftPins(
    'files',
    texts.map((text) => readDefinition(Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)))),
  );
}

suite('draftPins()', () => {
  test('pins what the server shows, with guessed traits', () => {
    const { pins, notes } = draft(readFile);
    assert.deepEqual(
      pins.map(({ risk, effects }) => [risk, effects]),
      [['low', ['read']]],
    );
    assert.deepEqual(notes, []);
  });

  test('leaves out what parsers read differently and what comes twice, and says so', () => {
    const { pins, notes } = draft(readFile, '{"name":"a","name":"b"}', { ...readFile, description: 'other' });
    assert.equal(pins.length, 1);
    assert.match(
      notes.join('\n'),
      /Item 2 of the list is left out.*json\.duplicate-key[^]*"read_file" is listed twice/,
    );
  });

  test('points at hidden text, unusable tools and misleading names', () => {
    const { notes } = draft(
      { ...readFile, description: 'x\u{e0069}' },
      { name: 'b' },
      { ...readFile, name: 'read_fi1e' },
    );
    assert.match(notes.join('\n'), /"read_file" hides text at \/description: x\\u\{e0069\}/);
    assert.match(notes.join('\n'), /Calls of "b" will be refused/);
    assert.match(notes.join('\n'), /"read_fi1e" looks like "read_file"/);
  });
});
