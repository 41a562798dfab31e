import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ProblemsError } from '../kit/problem.ts';
import { deleteAll, pinInput, readFile } from './catalogue.fixture.ts';
import { readPins, writePins } from './pins-file.ts';

const pins = [
  pinInput(readFile, { classes: new Map([['/path', 'pii']]) }),
  pinInput(deleteAll, { risk: 'high', effects: ['write', 'destructive'], idempotent: false }),
  pinInput(
    { name: 'odd', inputSchema: { 'type': 'object', '2': 1.5, '1': -0 } },
    { patterns: new Map([['(?=a)', 'a']]) },
  ),
];
const text = writePins('files', pins);

function problemsIn(spoilt: string | Uint8Array, server = 'files'): string {
  try {
    readPins('catalogue/files.json', Buffer.from(spoilt), server);
    return '';
  } catch (error) {
    assert.ok(error instanceof ProblemsError);
    return error.message;
  }
}

suite('readPins()', () => {
  test('reads back what writePins() wrote, pins, traits and order', () => {
    const read = readPins('files.json', Buffer.from(text), 'files');
    assert.deepEqual(
      read.map(({ definition, ...rest }) => [definition.get('name'), rest]),
      pins.map(({ definition, ...rest }) => [definition.get('name'), rest]),
    );
  });

  test('names the tool whose definition was edited, and where its pin stands', () => {
    const said = problemsIn(text.replace('Delete every file.', 'Delete some files.'));
    assert.match(said, /^catalogue\/files\.json:\d+:\d+: error: tools\.1\.pin: the definition of "delete_all"/);
    const line = Number(said.split(':')[1]);
    assert.match(text.split('\n')[line - 1] ?? '', /"pin"/);
  });

  test('finds a single changed character anywhere in a definition', () => {
    const start = text.indexOf('"definition"');
    const end = text.indexOf('"pin"', start);
    const places = [...text.slice(start, end).matchAll(/[a-z]/g)].map(({ index }) => start + index);
    for (const place of places)
      assert.notEqual(problemsIn(`${text.slice(0, place)}~${text.slice(place + 1)}`), '', `at ${place}`);
  });

  test('names a class of an argument that is not there, with the one that was meant', () => {
    const said = problemsIn(text.replace('"/path": "pii"', '"/pth": "pii"'));
    assert.match(said, /error: tools\.0\.classes\.\/pth: the tool has no such argument\..*"\/path"/);
  });

  const wrong = {
    'a duplicate key, which JSON.parse would not see': text.replace('"pin":', '"risk": "low", "pin":'),
    'a key twice inside a definition': text.replace('"name": "delete_all"', '"name": "x", "name": "delete_all"'),
    'a byte order mark': `\ufeff${text}`,
    'the same tool twice': writePins('files', [pinInput(readFile), pinInput(readFile)]),
    'the pins of another server': writePins('mail', pins),
    'an unknown field': text.replace('"risk": "low"', '"risk": "low", "rsk": 1'),
    'an unknown durability': text.replace('"risk": "low"', '"risk": "low", "durability": "sometimes"'),
    'an unknown risk': text.replace('"risk": "low"', '"risk": "none"'),
    'no effects': text.replace(/"effects": \[[^\]]*\]/, '"effects": []'),
    'a definition without a name': text.replace('"name": "delete_all"', '"title": "delete_all"'),
    'nothing': '',
    'something else': '[]',
  };
  for (const [what, spoilt] of Object.entries(wrong)) {
    test(`refuses ${what}`, () => assert.notEqual(problemsIn(spoilt), ''));
  }

  test('prints a hostile tool name so that it stays on its line', () => {
    const hostile = writePins('files', [pinInput({ name: 'a\nb\u202ec\u001b[2J' })]).replace('"low"', '"high"');
    const said = problemsIn(hostile.replace('"name": "a', '"name": "aa'));
    assert.match(said, /"aa\\u\{a\}b\\u\{202e\}c\\u\{1b\}\[2J"/);
  });
});
