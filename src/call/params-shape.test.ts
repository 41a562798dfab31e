import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from './call.ts';
import { CALL, callIn, reasonFor } from './received.fixture.ts';

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
      'TaskId in related-task',
      { ...CALL, params: { name: 'a', _meta: { 'io.modelcontextprotocol/related-task': { TaskId: 'x' } } } },
    ],
    [
      'TaskId in the related-task of a response',
      { jsonrpc: '2.0', id: 1, result: { _meta: { 'io.modelcontextprotocol/related-task': { TaskId: 'x' } } } },
    ],
    [
      'ResourceSubscriptions',
      { jsonrpc: '2.0', id: 1, method: 'ping', params: { notifications: { ResourceSubscriptions: ['a:b'] } } },
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
