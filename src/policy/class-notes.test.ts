import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { argumentClassesOf } from './argument-classes.ts';
import { catalogueOfTools } from './catalogue.fixture.ts';
import { policiesOf } from './policies.fixture.ts';
import { classNotes } from './schema-notes.ts';

const text = { type: 'string' };
const inputSchema = { type: 'object', properties: { email: text, phone: text, password: text, path: text } };

suite('classNotes()', () => {
  test('names what looks personal and has no class, and nothing else', () => {
    const catalogue = catalogueOfTools({ people: { register: { inputSchema } } });
    const { classes } = policiesOf(
      '  []',
      'classes:\n  - { match: { tool: register }, fields: { /phone: pii } }\n',
      catalogue,
    );
    const notes = classNotes(catalogue, argumentClassesOf(catalogue, classes));
    assert.deepEqual(
      notes.map(({ server, tool, pointer }) => [server, tool, pointer]),
      [['people', 'register', '/email']],
    );
  });
});
