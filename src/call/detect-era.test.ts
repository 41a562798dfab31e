import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from './call.ts';
import { readCall } from './read-call.ts';
import {
  CALL,
  LEGACY_HEADERS,
  MODERN_META,
  callIn,
  legacyPost,
  modernHeaders,
  modernPost,
  outcomeOf,
  reasonFor,
  refusalOf,
  traits,
  without,
} from './received.fixture.ts';
import type { HeaderList } from './received.ts';

/** The headers of a legacy POST with this version. */
function version(value: string): HeaderList {
  return [...without('mcp-protocol-version', LEGACY_HEADERS), ['mcp-protocol-version', value]];
}

function initialize(protocolVersion: string): Call {
  const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion, capabilities: {} } };
  return callIn(message, without('mcp-protocol-version', LEGACY_HEADERS));
}

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
