import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCall, type ServerTraits } from './read-call.ts';
import {
  CALL,
  bytesOf,
  callIn,
  legacyPost,
  modernHeaders,
  outcomeOf,
  reasonFor,
  received,
  refusalOf,
  traits,
} from './received.fixture.ts';

suite('readCall() on the envelope', () => {
  const { params } = CALL;
  const refusals: readonly (readonly [name: string, message: unknown, reason: string])[] = [
    ['a batch', [CALL], 'rpc.batch'],
    ['an empty batch', [], 'rpc.batch'],
    ['a batch of two', [CALL, CALL], 'rpc.batch'],
    ['a text', '"tools/call"', 'rpc.envelope'],
    ['null', 'null', 'rpc.envelope'],
    ['an empty object', {}, 'rpc.envelope'],
    ['no jsonrpc', { id: 1, method: 'ping' }, 'rpc.envelope'],
    ['jsonrpc 1.0', { ...CALL, jsonrpc: '1.0' }, 'rpc.envelope'],
    ['jsonrpc as a number', { ...CALL, jsonrpc: 2.0 }, 'rpc.envelope'],
    ['no method', { jsonrpc: '2.0', id: 1, params }, 'rpc.envelope'],
    ['an empty method', { ...CALL, method: '' }, 'rpc.envelope'],
    ['a method that is no text', { ...CALL, method: ['tools/call'] }, 'rpc.envelope'],
    ['a method of a kilobyte', { ...CALL, method: 'x'.repeat(1000) }, 'rpc.envelope'],
    ['a member that JSON-RPC does not know', { ...CALL, extra: 1 }, 'rpc.envelope'],
    ['a result beside a method', { ...CALL, result: {} }, 'rpc.envelope'],
    ['a result beside a method without params', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }, 'rpc.envelope'],
    ['an error beside a method', { ...CALL, error: { code: 1, message: '' } }, 'rpc.envelope'],
    ['a null result beside a method', { ...CALL, result: null }, 'rpc.envelope'],
    ['params as an array', { ...CALL, params: ['echo'] }, 'rpc.params'],
    ['params as null', { ...CALL, params: null }, 'rpc.params'],
    ['params as a text', { ...CALL, params: 'echo' }, 'rpc.params'],
    ['two objects', `${JSON.stringify(CALL)}${JSON.stringify(CALL)}`, 'json.syntax'],
    ['a second method', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', 'json.duplicate-key'],
    [
      'a second method in escapes',
      '{"jsonrpc":"2.0","id":1,"method":"ping","m\\u0065thod":"tools/call"}',
      'json.duplicate-key',
    ],
    [
      'a second name',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","name":"echo"}}',
      'json.duplicate-key',
    ],
    [
      'an argument __proto__',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"__proto__":{"x":1}}}}',
      'json.forbidden-key',
    ],
    [
      'an argument that underflows',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1e-400}}}',
      'json.number',
    ],
    [
      'an argument NaN',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":NaN}}}',
      'json.syntax',
    ],
  ];
  for (const [name, message, reason] of refusals)
    test(`refuses ${name}`, () => assert.equal(reasonFor(message), reason));

  const ids = [
    'null',
    '1.5',
    'true',
    'false',
    '[1]',
    '{}',
    '9007199254740992',
    '-9007199254740993.5',
    '1.0',
    '1e2',
    '100e-2',
  ];
  for (const id of ids) {
    test(`refuses the id ${id} on a request, and never passes it as a notification`, () => {
      const refusal = readCall(
        legacyPost(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"a"}}`),
        traits,
      );
      assert.match(outcomeOf(refusal), /^(rpc\.id|json\.number)$/);
    });
  }

  test('refuses a request without id', () => {
    assert.equal(reasonFor({ jsonrpc: '2.0', method: 'tools/call', params }), 'rpc.id');
    assert.equal(reasonFor({ jsonrpc: '2.0', method: 'made/up' }), 'rpc.id');
  });

  test('refuses an id longer than 512', () => {
    assert.equal(reasonFor({ ...CALL, id: 'x'.repeat(513) }), 'rpc.id');
    assert.equal(callIn({ ...CALL, id: 'x'.repeat(512) }).id, 'x'.repeat(512));
  });

  test('reads ids as they are', () => {
    for (const id of [0, -1, 9007199254740991, '', '1', 'ü']) assert.equal(callIn({ ...CALL, id }).id, id);
    assert.equal(callIn('{"jsonrpc":"2.0","id":100,"method":"tools/call","params":{"name":"a","x":1e2}}').id, 100);
  });

  test('refuses a notification with an id', () => {
    assert.equal(reasonFor({ jsonrpc: '2.0', id: 1, method: 'notifications/initialized' }), 'rpc.notification-id');
    assert.equal(reasonFor({ jsonrpc: '2.0', id: null, method: 'notifications/initialized' }), 'rpc.notification-id');
  });

  test('refuses methods and notifications it does not know, but for listed ones', () => {
    const listing: ServerTraits = {
      ...traits,
      allowMethods: new Set(['x/y', 'notifications/x', 'ping', 'tasks/result']),
    };
    const outcome = (message: object): string =>
      outcomeOf(readCall(legacyPost({ jsonrpc: '2.0', ...message }), listing));
    assert.equal(reasonFor({ jsonrpc: '2.0', id: 1, method: 'x/y' }), 'rpc.method-unknown');
    assert.equal(reasonFor({ jsonrpc: '2.0', method: 'notifications/x' }), 'rpc.notification-unknown');
    assert.equal(outcome({ id: 1, method: 'x/y' }), 'call');
    assert.equal(outcome({ method: 'x/y' }), 'rpc.id');
    assert.equal(outcome({ method: 'notifications/x' }), 'call');
    assert.equal(outcome({ id: 1, method: 'notifications/x' }), 'rpc.notification-id');
    for (const method of ['constructor', '__proto__', 'toString', 'Tools/Call', 'tools/call ', 'notifications/']) {
      assert.match(outcome({ id: 1, method }), /unknown|notification-id/);
    }
  });

  test('gives a listed method its own name and the treatment of an extension', () => {
    const listing: ServerTraits = { ...traits, allowMethods: new Set(['x/y']) };
    const read = readCall(legacyPost({ jsonrpc: '2.0', id: 1, method: 'x/y', params: { level: 3 } }), listing);
    assert.deepEqual(read.kind === 'call' && [read.call.operation, read.call.treatment, read.call.method], [
      'extension',
      'extension',
      'x/y',
    ]);
  });

  test('names the id of a refused request when it is clear, and only then', () => {
    assert.equal(refusalOf({ jsonrpc: '2.0', id: 7, method: 'x/y' }).id, 7);
    assert.equal(refusalOf({ ...CALL, id: 'a', extra: 1 }).id, 'a');
    assert.equal(refusalOf({ ...CALL, params: [] }).id, 1);
    assert.equal(refusalOf({ ...CALL, id: 1.5 }).id, undefined);
    assert.equal(refusalOf('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}').id, undefined);
    assert.equal(refusalOf({ jsonrpc: '2.0', id: 1, result: [] }).id, undefined);
    assert.equal(refusalOf([CALL]).id, undefined);
  });
});

suite('readCall() on a client response', () => {
  test('reads a result and an error in the legacy era', () => {
    const call = callIn({ jsonrpc: '2.0', id: 3, result: { action: 'accept' } });
    assert.deepEqual(
      [call.kind, call.operation, call.treatment, call.id, call.method],
      ['response', 'http/response', 'response', 3, ''],
    );
    assert.equal(callIn({ jsonrpc: '2.0', id: 'a', error: { code: -1, message: 'no' } }).kind, 'response');
  });

  const refusals: readonly (readonly [name: string, message: unknown, reason: string])[] = [
    ['both result and error', { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } }, 'rpc.envelope'],
    ['no id', { jsonrpc: '2.0', result: {} }, 'rpc.id'],
    ['a null id', { jsonrpc: '2.0', id: null, error: { code: 1, message: '' } }, 'rpc.id'],
    ['params', { jsonrpc: '2.0', id: 1, result: {}, params: {} }, 'rpc.envelope'],
    ['a result that is no object', { jsonrpc: '2.0', id: 1, result: 'x' }, 'rpc.envelope'],
    ['an error without message', { jsonrpc: '2.0', id: 1, error: { code: 1 } }, 'rpc.envelope'],
    ['an error with a fractional code', { jsonrpc: '2.0', id: 1, error: { code: 1.5, message: '' } }, 'rpc.envelope'],
  ];
  for (const [name, message, reason] of refusals) {
    test(`refuses one with ${name}`, () => assert.equal(reasonFor(message), reason));
  }

  test('refuses one in the modern era', () => {
    const body = bytesOf({ jsonrpc: '2.0', id: 1, result: {} });
    const headers = modernHeaders('').filter(([name]) => name !== 'mcp-method');
    assert.equal(outcomeOf(readCall(received({ headers, body }), traits)), 'rpc.envelope');
  });
});
