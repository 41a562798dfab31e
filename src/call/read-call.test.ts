import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain } from '../kit/json.ts';
import type { Call } from './call.ts';
import { readCall, type RefusedCall, type ServerTraits } from './read-call.ts';
import {
  bytesOf,
  LEGACY_HEADERS,
  legacyPost,
  MODERN_META,
  modernHeaders,
  modernPost,
  outcomeOf,
  received,
  traits,
} from './received.fixture.ts';
import type { HeaderList } from './received.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hi' } } };

/** The call in a message that must be read. */
function callIn(message: unknown, headers?: HeaderList): Call {
  const read = readCall(legacyPost(message, headers), traits);
  assert.equal(read.kind, 'call');
  return (read as { call: Call }).call;
}

/** Why a message is refused; `call` when it is not. */
function reasonFor(message: unknown, headers?: HeaderList): string {
  return outcomeOf(readCall(legacyPost(message, headers), traits));
}

function refusalOf(message: unknown, headers?: HeaderList): RefusedCall {
  const read = readCall(legacyPost(message, headers), traits);
  assert.equal(read.kind, 'refused');
  return read;
}

/** The digest of arguments written like this. */
function digestOf(args: string): string {
  return callIn(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":${args}}}`,
  ).argsDigest();
}

/** The headers without one of them. */
function without(name: string, headers: HeaderList): HeaderList {
  return headers.filter(([field]) => field !== name);
}

/** The headers of a legacy POST with this version. */
function version(value: string): HeaderList {
  return [...without('mcp-protocol-version', LEGACY_HEADERS), ['mcp-protocol-version', value]];
}

function initialize(protocolVersion: string): Call {
  const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion, capabilities: {} } };
  return callIn(message, without('mcp-protocol-version', LEGACY_HEADERS));
}

/** What a request without a message is read as. */
function kindOf(httpMethod: string): unknown {
  const read = readCall(received({ httpMethod }), traits);
  return read.kind === 'call' && [read.call.kind, read.call.operation, read.call.treatment, read.call.revision];
}

function get(parts: object): string {
  return outcomeOf(readCall(received({ httpMethod: 'GET', ...parts }), traits));
}

function typed(...headers: HeaderList): HeaderList {
  return headers;
}

suite('readCall()', () => {
  test('reads a legacy tool call whole', () => {
    const call = callIn(CALL);
    const { era, revision, kind, operation, treatment, method, id, target, args } = call;
    assert.deepEqual(
      { era, revision, kind, operation, treatment, method, id, target, args },
      {
        era: 'legacy',
        revision: '2025-11-25',
        kind: 'request',
        operation: 'tools/call',
        treatment: 'tool',
        method: 'tools/call',
        id: 1,
        target: { kind: 'tool', name: 'echo' },
        args: new Map([['text', 'hi']]),
      },
    );
    assert.deepEqual(call.params, fromPlain(CALL.params));
    assert.deepEqual(call.spanOf(['id']), { start: 22, end: 23 });
  });

  test('reads a modern tool call', () => {
    const read = readCall(modernPost('tools/call', { name: 'echo' }, [['mcp-name', 'echo']]), traits);
    assert.equal(read.kind, 'call');
    const { era, revision, args } = (read as { call: Call }).call;
    assert.deepEqual({ era, revision, args }, { era: 'modern', revision: '2026-07-28', args: new Map() });
  });

  test('digests the arguments, whatever their order and notation', () => {
    assert.equal(digestOf('{"a":1,"b":[]}'), digestOf('{ "b": [ ], "\\u0061": 1.0 }'));
    assert.notEqual(digestOf('{"a":1}'), digestOf('{"a":2}'));
    assert.equal(digestOf('{}'), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  test('keeps the received bytes as the body', () => {
    const exchange = legacyPost(CALL);
    const read = readCall(exchange, traits);
    assert.equal(read.kind === 'call' && read.call.body, exchange.body);
  });

  test('answers something for any bytes and any headers', () => {
    const value = fc.string({ unit: 'binary-ascii' });
    const name = fc.oneof(fc.constantFrom('content-type', 'mcp-method', 'mcp-name', 'mcp-protocol-version'), value);
    const headers = fc.array(fc.tuple(name, value));
    fc.assert(
      fc.property(
        headers,
        fc.uint8Array(),
        fc.constantFrom('POST', 'GET', 'DELETE', 'PUT', ''),
        (list, body, method) => {
          const read = readCall(received({ headers: list, body, httpMethod: method }), traits);
          assert.ok(read.kind === 'call' || typeof read.reason === 'string');
        },
      ),
    );
  });
});

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

suite('readCall() on keys in another case', () => {
  const twins: readonly (readonly [name: string, message: unknown])[] = [
    ['Method', { jsonrpc: '2.0', id: 1, method: 'ping', Method: 'tools/call' }],
    ['PARAMS', { ...CALL, PARAMS: { name: 'other' } }],
    ['ID', { ...CALL, ID: 2 }],
    ['paramſ (long s)', { ...CALL, 'param\u017f': {} }],
    ['Name', { ...CALL, params: { name: 'safe', Name: 'echo' } }],
    ['NAME without name', { ...CALL, params: { NAME: 'echo' } }],
    ['Arguments', { ...CALL, params: { name: 'a', Arguments: {} } }],
    ['argumentſ (long s)', { ...CALL, params: { name: 'a', 'argument\u017f': {} } }],
    ['_Meta', { ...CALL, params: { name: 'a', _Meta: {} } }],
    ['taſk (long s)', { ...CALL, params: { name: 'a', 'ta\u017fk': {} } }],
    ['tasK (Kelvin sign)', { ...CALL, params: { name: 'a', 'tas\u212a': {} } }],
    ['urı (dotless i)', { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'a:b', 'ur\u0131': 'c:d' } }],
    ['URI', { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { URI: 'a:b', uri: 'a:b' } }],
    [
      'ref.Name',
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: 'a', Name: 'b' }, argument: { name: 'x', value: '' } },
      },
    ],
    ['progresstoken in _meta', { ...CALL, params: { name: 'a', _meta: { progresstoken: 1 } } }],
    [
      'the version in _meta',
      { ...CALL, params: { name: 'a', _meta: { 'io.modelcontextprotocol/ProtocolVersion': '2026-07-28' } } },
    ],
    [
      'capabilities.Sampling',
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: { Sampling: {} } },
      },
    ],
  ];
  for (const [name, message] of twins)
    test(`refuses ${name}`, () => assert.equal(reasonFor(message), 'json.case-twin'));

  test('leaves the names of arguments to the tool', () => {
    assert.equal(reasonFor({ ...CALL, params: { name: 'a', arguments: { Name: 1, URI: 2, _Meta: 3 } } }), 'call');
  });
});

suite('readCall() on params', () => {
  const refusals: readonly (readonly [method: string, params: Record<string, unknown>])[] = [
    ['tools/call', {}],
    ['tools/call', { name: '' }],
    ['tools/call', { name: 1 }],
    ['tools/call', { name: ['echo'] }],
    ['tools/call', { name: 'a', arguments: [] }],
    ['tools/call', { name: 'a', arguments: null }],
    ['tools/call', { name: 'a', _meta: [] }],
    ['tools/call', { name: 'a', task: 1 }],
    ['prompts/get', { arguments: {} }],
    ['resources/read', { uri: '' }],
    ['resources/subscribe', {}],
    ['resources/unsubscribe', { uri: {} }],
    ['tools/list', { cursor: 1 }],
    ['tasks/get', {}],
    ['tasks/result', { taskId: 1 }],
    ['tasks/cancel', { taskId: '' }],
    ['completion/complete', {}],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a' } }],
    ['completion/complete', { ref: { type: 'ref/tool', name: 'a' }, argument: { name: 'a', value: '' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a', uri: 'b:c' }, argument: { name: 'a', value: '' } }],
    ['completion/complete', { ref: { type: 'ref/resource', name: 'a' }, argument: { name: 'a', value: '' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a' }, argument: { name: 'a' } }],
    ['initialize', {}],
    ['initialize', { protocolVersion: 'latest' }],
    ['initialize', { protocolVersion: 20250618 }],
    ['logging/setLevel', { level: 1 }],
  ];
  for (const [method, params] of refusals) {
    test(`refuses ${method} with ${JSON.stringify(params)}`, () => {
      assert.equal(reasonFor({ jsonrpc: '2.0', id: 1, method, params }), 'rpc.params');
    });
  }

  const argument = { name: 'x', value: '' };
  const targets: readonly (readonly [method: string, params: Record<string, unknown>, target: Call['target']])[] = [
    ['tools/call', { name: 'a' }, { kind: 'tool', name: 'a' }],
    ['prompts/get', { name: 'a' }, { kind: 'prompt', name: 'a' }],
    ['resources/read', { uri: 'a:b' }, { kind: 'resource', uri: 'a:b' }],
    ['resources/subscribe', { uri: 'a:b' }, { kind: 'resource', uri: 'a:b' }],
    ['resources/unsubscribe', { uri: 'a:b' }, { kind: 'resource', uri: 'a:b' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'a' }, argument }, { kind: 'prompt', name: 'a' }],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'a:{b}' }, argument },
      { kind: 'resource', uri: 'a:{b}' },
    ],
    ['tasks/get', { taskId: 't' }, { kind: 'task', id: 't' }],
    ['tasks/result', { taskId: 't' }, { kind: 'task', id: 't' }],
    ['tasks/cancel', { taskId: 't' }, { kind: 'task', id: 't' }],
    ['tasks/list', {}, { kind: 'none' }],
    ['tools/list', { cursor: 'c' }, { kind: 'none' }],
    ['ping', {}, { kind: 'none' }],
  ];
  for (const [method, params, target] of targets) {
    test(`finds what ${method} acts on: ${JSON.stringify(target)}`, () => {
      assert.deepEqual(callIn({ jsonrpc: '2.0', id: 1, method, params }).target, target);
    });
  }

  test('lets members pass that MCP does not define', () => {
    assert.equal(reasonFor({ ...CALL, params: { name: 'a', 'x-vendor': 1 } }), 'call');
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

suite('readCall() on the era', () => {
  for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
    test(`takes ${revision} from the header`, () => assert.equal(callIn(CALL, version(revision)).revision, revision));
  }

  test('assumes 2025-03-26 when nothing was said', () => {
    assert.equal(callIn(CALL, without('mcp-protocol-version', LEGACY_HEADERS)).revision, '2025-03-26');
  });

  for (const value of ['2023-01-01', '2026-07-29', '2025-11-25, 2025-11-25', '', 'latest', '2025-11-25x']) {
    test(`refuses the version ${JSON.stringify(value)}`, () =>
      assert.equal(reasonFor(CALL, version(value)), 'mcp.version'));
  }

  test('takes the revision of initialize from what it asks for', () => {
    assert.equal(initialize('2025-06-18').revision, '2025-06-18');
    assert.equal(initialize('2099-01-01').revision, '2025-11-25');
    assert.equal(initialize('2026-07-28').revision, '2025-11-25');
  });

  const modern = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: MODERN_META } });

  test('refuses a modern body under a legacy header, and under none', () => {
    assert.equal(reasonFor(modern), 'mcp.header-mismatch');
    assert.equal(reasonFor(modern, without('mcp-protocol-version', LEGACY_HEADERS)), 'mcp.header-mismatch');
    assert.equal(refusalOf(modern).era, 'modern');
  });

  test('refuses a modern header over a legacy body', () => {
    assert.equal(reasonFor(CALL, modernHeaders('tools/call')), 'mcp.meta-missing');
    assert.equal(refusalOf(CALL, modernHeaders('tools/call')).era, 'modern');
  });

  test('refuses _meta that names another version than the header', () => {
    const other = { ...MODERN_META, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: other } };
    assert.equal(reasonFor(message, modernHeaders('tools/list')), 'mcp.header-mismatch');
  });

  test('refuses a modern request without capabilities, or with wrong ones', () => {
    for (const capabilities of [undefined, null, 1, []]) {
      const _meta = { ...MODERN_META, 'io.modelcontextprotocol/clientCapabilities': capabilities };
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } };
      assert.equal(reasonFor(message, modernHeaders('tools/list')), 'mcp.meta-missing');
    }
  });

  for (const method of [
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'tasks/list',
    'tasks/result',
  ]) {
    test(`refuses ${method} in the modern era, also when it is listed`, () => {
      const listing = { ...traits, allowMethods: new Set([method]) };
      const params = { uri: 'a:b', level: 'info', taskId: 't', protocolVersion: '2025-11-25' };
      assert.equal(outcomeOf(readCall(modernPost(method, params), listing)), 'rpc.method-unknown');
    });
  }

  for (const method of ['server/discover', 'subscriptions/listen', 'tasks/update']) {
    test(`refuses ${method} in the legacy era`, () => {
      assert.equal(reasonFor({ jsonrpc: '2.0', id: 1, method, params: { taskId: 't' } }), 'rpc.method-unknown');
    });
  }

  test('refuses an era that the server does not speak', () => {
    assert.equal(outcomeOf(readCall(modernPost('tools/list', {}), { ...traits, eras: 'legacy' })), 'mcp.version');
    assert.equal(outcomeOf(readCall(legacyPost(CALL), { ...traits, eras: 'modern' })), 'mcp.version');
    assert.equal(outcomeOf(readCall(modernPost('tools/list', {}), { ...traits, eras: 'modern' })), 'call');
  });
});

suite('readCall() on HTTP', () => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ]) {
    test(`takes ${type}`, () => assert.equal(reasonFor(CALL, typed(['content-type', type])), 'call'));
  }

  for (const type of [
    'text/plain',
    'application/json-rpc',
    'application/json, text/plain',
    'application/json,text/plain',
    'application/json; charset=utf-16le',
    'application/json; charset=utf-7',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-8; x=y',
    'application/json; x=y',
    'application/jsonp',
    'application/json;',
    '',
  ]) {
    test(`refuses the type ${JSON.stringify(type)}`, () => {
      assert.equal(reasonFor(CALL, typed(['content-type', type])), 'body.content-type');
    });
  }

  test('refuses a body without a type', () => assert.equal(reasonFor(CALL, []), 'body.content-type'));

  for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'identity', '', 'x']) {
    test(`refuses the encoding ${JSON.stringify(coding)}, whatever the bytes are`, () => {
      assert.equal(
        reasonFor(CALL, typed(['content-type', 'application/json'], ['content-encoding', coding])),
        'body.content-encoding',
      );
    });
  }

  test('refuses a length that is not the length of the body', () => {
    assert.equal(
      reasonFor(CALL, typed(['content-type', 'application/json'], ['content-length', '1'])),
      'http.header-invalid',
    );
  });

  test('refuses a POST without a body, and one that is too large', () => {
    assert.equal(outcomeOf(readCall(received({}), traits)), 'body.missing');
    assert.equal(reasonFor(''), 'body.missing');
    const small = { ...traits, limits: { ...traits.limits, maxBytes: 10 } };
    assert.equal(outcomeOf(readCall(legacyPost(CALL), small)), 'body.too-large');
  });

  test('reads GET and DELETE in the legacy era', () => {
    assert.deepEqual(kindOf('GET'), ['open-stream', 'http/get-stream', 'stream', '2025-11-25']);
    assert.deepEqual(kindOf('DELETE'), ['end-session', 'http/delete-session', 'session', '2025-11-25']);
  });

  test('refuses GET and DELETE in the modern era, and for a server that is modern only', () => {
    for (const httpMethod of ['GET', 'DELETE']) {
      const headers: HeaderList = [['mcp-protocol-version', '2026-07-28']];
      assert.equal(outcomeOf(readCall(received({ httpMethod, headers }), traits)), 'http.method');
      assert.equal(outcomeOf(readCall(received({ httpMethod }), { ...traits, eras: 'modern' })), 'http.method');
    }
  });

  for (const httpMethod of ['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'constructor']) {
    test(`refuses ${httpMethod}`, () =>
      assert.equal(outcomeOf(readCall(received({ httpMethod }), traits)), 'http.method'));
  }

  test('refuses a body, an unknown version or mirrored headers on GET', () => {
    assert.equal(get({ body: bytesOf(CALL) }), 'body.unexpected');
    assert.equal(get({ body: new Uint8Array() }), 'call');
    assert.equal(get({ headers: [['mcp-protocol-version', '1']] }), 'mcp.version');
    for (const name of ['mcp-method', 'mcp-name', 'mcp-param-a'])
      assert.equal(get({ headers: [[name, 'x']] }), 'mcp.header-mismatch');
  });
});
