import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, type JsonObject } from '../../kit/json.ts';
import { secretPaths } from './secret-paths.ts';

function pathsIn(inputSchema: object): readonly string[] {
  return secretPaths(fromPlain({ inputSchema }) as JsonObject).map((path) => `/${path.join('/')}`);
}

suite('secretPaths()', () => {
  test('finds what is marked as writeOnly or a password, however deep', () => {
    const secret = { type: 'string', writeOnly: true };
    const schema = {
      properties: {
        token: secret,
        list: { items: { properties: { password: { format: 'password' }, name: {} } } },
        headers: { additionalProperties: secret },
        either: { anyOf: [{ properties: { key: secret } }, {}] },
        referred: { $ref: '#/$defs/login' },
      },
      $defs: { login: { properties: { pin: secret } } },
    };
    assert.deepEqual(pathsIn(schema), ['/token', '/list/*/password', '/headers/*', '/either/key', '/referred/pin']);
  });

  test('ends on a schema that refers to itself', () => {
    const schema = { properties: { child: { $ref: '#' }, secret: { writeOnly: true } } };
    assert.ok(pathsIn(schema).includes('/child/child/secret'));
    assert.ok(pathsIn(schema).length < 50);
    const fork = { properties: { left: { $ref: '#' }, right: { $ref: '#' }, both: { $ref: '#' } } };
    assert.deepEqual(pathsIn(fork), ['/'], 'nothing is kept of arguments that cannot be looked through');
  });

  test('finds nothing where nothing is marked', () => {
    assert.deepEqual(pathsIn({ properties: { path: { type: 'string' } } }), []);
    assert.deepEqual(secretPaths(new Map()), []);
  });
});
