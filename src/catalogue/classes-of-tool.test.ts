import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { classesOfTool, unknownFields } from './classes-of-tool.ts';
import { guessClasses } from './guess-classes.ts';

function tool(inputSchema: object): JsonObject {
  const definition = fromPlain({ name: 'tool', inputSchema });
  assert.ok(isJsonObject(definition));
  return definition;
}

const text = { type: 'string' } as const;
const login = tool({
  type: 'object',
  properties: {
    user: text,
    code: { type: 'string', format: 'password' },
    once: { type: 'string', writeOnly: true },
    api_key: text,
    has_password: { type: 'boolean' },
    mail: { type: 'string', format: 'email' },
    phone_number: text,
    people: { type: 'array', items: { $ref: '#/$defs/person' } },
  },
  $defs: { person: { type: 'object', properties: { last_name: text, friend: { $ref: '#/$defs/person' } } } },
});

suite('classesOfTool()', () => {
  test('takes for secret what the schema or the name says, where nothing is declared', () => {
    const classes = classesOfTool(login);
    const asked = ['/user', '/code', '/once', '/api_key', '/has_password', '/mail'];
    assert.deepEqual(
      asked.map((pointer) => classes?.classAt(pointer)),
      [undefined, 'secret', 'secret', 'secret', undefined, undefined],
    );
  });

  test('believes the operator, whose word counts for what is there', () => {
    const classes = classesOfTool(
      login,
      new Map([
        ['/api_key', 'plain'],
        ['/mail', 'pii'],
      ] as const),
    );
    assert.equal(classes?.classAt('/api_key'), undefined);
    assert.equal(classes?.classAt('/mail'), 'pii');
    assert.equal(classes?.classAt('/code'), 'secret');
  });

  test('lets rules make stricter what the operator calls plain', () => {
    const stricter = [{ path: ['api_key'], class: 'pii' }] as const;
    assert.equal(classesOfTool(login, new Map([['/api_key', 'plain']] as const), stricter)?.classAt('/api_key'), 'pii');
  });

  test('is nothing for a tool whose arguments are plain', () => {
    assert.equal(classesOfTool(tool({ type: 'object', properties: { path: text } })), undefined);
  });

  test('knows by name what a schema leaves open', () => {
    const open = classesOfTool(
      tool({ type: 'object', properties: { headers: { type: 'object', additionalProperties: text } } }),
    );
    assert.equal(open?.classAt('/headers/authorization'), 'secret');
    assert.equal(open?.classAt('/headers/accept'), undefined);
  });

  test('follows a schema that refers to itself no farther than it must', () => {
    const tree = classesOfTool(
      tool({ type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' }, c: { $ref: '#' }, password: text } }),
    );
    assert.equal(tree?.classAt('/a/b/password'), 'secret');
    assert.equal(tree?.classAt(`${'/a'.repeat(40)}/password`), 'secret');
  });
});

suite('guessClasses()', () => {
  test('names what looks secret or personal, for the operator to correct', () => {
    const guessed = [...guessClasses(login)].filter(([pointer]) => !pointer.includes('friend'));
    assert.deepEqual(guessed, [
      ['/code', 'secret'],
      ['/once', 'secret'],
      ['/api_key', 'secret'],
      ['/mail', 'pii'],
      ['/phone_number', 'pii'],
      ['/people/*/last_name', 'pii'],
    ]);
  });
});

suite('unknownFields()', () => {
  test('names what the schema does not have, with what was meant', () => {
    const suggestion = '/phone_number';
    assert.deepEqual(unknownFields(login, ['/user', '/phone_numbr']), [{ pointer: '/phone_numbr', suggestion }]);
  });
});
