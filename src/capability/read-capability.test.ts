import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { coversName, toolGrantFor } from './capability.ts';
import { GrantError } from './grant-error.ts';
import { readCapability } from './read-capability.ts';
import type { ScopeGrant } from './scope-grants.ts';
import { goodDetail, RESOURCE } from './token.fixture.ts';

function object(plain: unknown): JsonObject {
  const value = fromPlain(plain);
  assert.ok(isJsonObject(value));
  return value;
}

/** Claims with these details; a member that is `undefined` is left out. */
function claimsWith(...details: unknown[]): JsonObject {
  return object(JSON.parse(JSON.stringify({ authorization_details: details })));
}

function tool(grant: unknown): JsonObject {
  return claimsWith(goodDetail({ tools: { read_file: grant } }));
}

function detailUnder(root: string, max: number): unknown {
  return goodDetail({
    tools: { read_file: { args: { path: { c: 'path_under', root }, limit: { c: 'range', max } } } },
  });
}

const readFiles: ScopeGrant = { resource: undefined, tools: ['read_file'], prompts: [], resources: ['*'] };

suite('readCapability()', () => {
  test('reads tools with arguments, definition and effects', () => {
    const schemaSha256 = 'a'.repeat(64);
    const capability = readCapability(
      tool({ args: { path: { c: 'path_under', root: '/workspace' } }, schema_s256: schemaSha256, effects: ['read'] }),
      RESOURCE,
    );
    const grant = toolGrantFor(capability, 'read_file');
    assert.equal(grant?.schemaSha256, schemaSha256);
    assert.deepEqual(grant?.effects, ['read']);
    assert.equal(grant?.arguments?.check(object({ path: '/workspace/a' })), undefined);
    assert.equal(grant?.arguments?.check(object({ path: '/etc/passwd' }))?.pointer, '/path');
    assert.equal(grant?.arguments?.check(object({ path: '/workspace/a', mode: 'raw' }))?.pointer, '/mode');
  });

  test('grants no argument where none is named', () => {
    const grant = toolGrantFor(readCapability(tool({}), RESOURCE), 'read_file');
    assert.equal(grant?.arguments?.check(object({})), undefined);
    assert.notEqual(grant?.arguments?.check(object({ path: '/' })), undefined);
  });

  test('grants any argument only when told so', () => {
    const grant = toolGrantFor(readCapability(tool({ extra_args: 'allow' }), RESOURCE), 'read_file');
    assert.deepEqual(grant, { arguments: undefined });
  });

  test('takes * for every tool that is not named', () => {
    const detail = goodDetail({ tools: { '*': { extra_args: 'allow' }, 'write_file': {} } });
    const capability = readCapability(claimsWith(detail), RESOURCE);
    assert.equal(toolGrantFor(capability, 'other')?.arguments, undefined);
    assert.notEqual(toolGrantFor(capability, 'write_file')?.arguments, undefined);
  });

  test('reads prompts and resources by exact name', () => {
    const actions = ['prompts/get', 'resources/read'];
    const detail = goodDetail({ actions, tools: undefined, prompts: ['review'], resources: ['*'] });
    const { prompts, resources, tools } = readCapability(claimsWith(detail), RESOURCE);
    assert.equal(tools.size, 0);
    assert.equal(coversName(prompts, 'review'), true);
    assert.equal(coversName(prompts, 'Review'), false);
    assert.equal(coversName(resources, 'file:///anything'), true);
  });

  test('grants nothing for another resource or by another type', () => {
    const elsewhere = goodDetail({ locations: ['https://tools.example/mcp/other'] });
    assert.equal(readCapability(claimsWith(elsewhere, { type: 'payment' }), RESOURCE).tools.size, 0);
  });

  test('takes several entries together, each call satisfied wholly by one', () => {
    const capability = readCapability(claimsWith(detailUnder('/a', 10), detailUnder('/b', 20)), RESOURCE);
    const check = (path: string, limit: number): unknown =>
      toolGrantFor(capability, 'read_file')?.arguments?.check(object({ path, limit }));
    assert.equal(check('/a/x', 10), undefined);
    assert.equal(check('/b/x', 20), undefined);
    assert.notEqual(check('/a/x', 20), undefined);
    assert.notEqual(check('/c/x', 1), undefined);
  });

  test('narrows a schema to the alternatives of several entries', () => {
    const capability = readCapability(claimsWith(detailUnder('/a', 10), detailUnder('/b', 20)), RESOURCE);
    const properties = { path: { type: 'string' }, limit: { type: 'number' } };
    const schema = object({ type: 'object', properties });
    const narrowed = toolGrantFor(capability, 'read_file')?.arguments?.narrow(schema);
    assert.equal(narrowed?.get('type'), 'object');
    assert.ok(Array.isArray(narrowed?.get('anyOf')));
  });

  test('keeps the own grant of a tool when another entry grants every tool', () => {
    const narrow = goodDetail({ tools: { read_file: {} } });
    const wide = goodDetail({ tools: { '*': { extra_args: 'allow' } } });
    const capability = readCapability(claimsWith(narrow, wide), RESOURCE);
    assert.notEqual(toolGrantFor(capability, 'read_file')?.arguments?.check(object({ path: '/' })), undefined);
  });

  for (const [what, claims, pointer] of [
    ['details that are not a list', object({ authorization_details: {} }), '/authorization_details'],
    ['details that are null', object({ authorization_details: null }), '/authorization_details'],
    ['a detail without type', claimsWith({}), '/authorization_details/0'],
    ['an unknown member', claimsWith(goodDetail({ valid_until: 1 })), '/authorization_details/0/valid_until'],
    ['no locations', claimsWith(goodDetail({ locations: undefined })), '/authorization_details/0/locations'],
    ['a location that is not text', claimsWith(goodDetail({ locations: [1] })), '/authorization_details/0/locations/0'],
    ['no actions', claimsWith(goodDetail({ actions: undefined })), '/authorization_details/0/actions'],
    ['an unknown action', claimsWith(goodDetail({ actions: ['*'] })), '/authorization_details/0/actions/0'],
    ['tools without their action', claimsWith(goodDetail({ actions: [] })), '/authorization_details/0/actions'],
    [
      'an action without its tools',
      claimsWith(goodDetail({ actions: ['tools/call', 'prompts/get'] })),
      '/authorization_details/0/actions',
    ],
    ['tools that are a list', claimsWith(goodDetail({ tools: ['read_file'] })), '/authorization_details/0/tools'],
    ['a grant that is true', tool(true), '/authorization_details/0/tools/read_file'],
    ['an unknown member of a grant', tool({ arg: {} }), '/authorization_details/0/tools/read_file/arg'],
    ['a misspelt extra_args', tool({ extra_args: true }), '/authorization_details/0/tools/read_file/extra_args'],
    ['arguments that are a list', tool({ args: [] }), '/authorization_details/0/tools/read_file/args'],
    [
      'an unknown constraint',
      tool({ args: { path: { c: 'anything' } } }),
      '/authorization_details/0/tools/read_file/args/path/c',
    ],
    ['an empty budget', tool({ limits: {} }), '/authorization_details/0/tools/read_file/limits'],
    ['an unknown budget', tool({ limits: { tokens: 1 } }), '/authorization_details/0/tools/read_file/limits/tokens'],
    ['a proof per request', tool({ proof: 'request' }), '/authorization_details/0/tools/read_file/proof'],
    ['a proof of the arguments', tool({ proof: 'request+args' }), '/authorization_details/0/tools/read_file/proof'],
    ['an unknown proof', tool({ proof: 'none' }), '/authorization_details/0/tools/read_file/proof'],
    [
      'a definition hash that is none',
      tool({ schema_s256: 'abc' }),
      '/authorization_details/0/tools/read_file/schema_s256',
    ],
    ['an unknown effect', tool({ effects: ['reads'] }), '/authorization_details/0/tools/read_file/effects/0'],
    [
      'a tool name in the pointer',
      claimsWith(goodDetail({ tools: { 'a/b~c': 1 } })),
      '/authorization_details/0/tools/a~1b~0c',
    ],
    ['a scope that is a list', object({ scope: ['a'] }), '/scope'],
  ] as const) {
    test(`refuses ${what} and says where`, () => {
      assert.throws(
        () => readCapability(claims, RESOURCE),
        (thrown) => {
          assert.ok(thrown instanceof GrantError);
          assert.equal(thrown.pointer, pointer);
          return true;
        },
      );
    });
  }

  for (const [what, one, other] of [
    ['definitions', { schema_s256: 'a'.repeat(64) }, {}],
    ['effects', { effects: ['read'] }, {}],
    ['limits', { limits: { calls: 1 } }, {}],
  ] as const) {
    test(`refuses a tool that is granted twice for different ${what}`, () => {
      const claims = claimsWith(goodDetail({ tools: { t: one } }), goodDetail({ tools: { t: other } }));
      assert.throws(() => readCapability(claims, RESOURCE), /granted twice/);
    });
  }

  test('reads the scopes of a token without our details', () => {
    const grants = new Map([['files:read', readFiles]]);
    const capability = readCapability(object({ scope: 'openid files:read' }), RESOURCE, grants);
    assert.deepEqual(toolGrantFor(capability, 'read_file'), { arguments: undefined });
    assert.equal(toolGrantFor(capability, 'write_file'), undefined);
    assert.equal(coversName(capability.resources, 'file:///x'), true);
  });

  test('does not let a scope widen our details, also when those are for another resource', () => {
    const grants = new Map([['files:read', { ...readFiles, tools: ['*'] }]]);
    const elsewhere = goodDetail({ locations: ['https://tools.example/mcp/other'] });
    const claims = new Map([...claimsWith(elsewhere), ['scope', 'files:read'] as const]);
    assert.equal(readCapability(claims, RESOURCE, grants).tools.size, 0);
  });

  test('counts a scope only for the resource it is configured for', () => {
    const grants = new Map([['files:read', { ...readFiles, resource: 'https://tools.example/mcp/other' }]]);
    assert.equal(readCapability(object({ scope: 'files:read' }), RESOURCE, grants).tools.size, 0);
  });
});
