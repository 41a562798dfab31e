import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HeaderList } from '../../call/received.ts';
import { placeRequest, type RoutedServer } from './place-request.ts';

const resource = { identifier: 'https://tools.example/files', authorizationServers: [], scopes: [] };
const SERVER: RoutedServer = { route: '/files', resource, hosts: new Set(['tools.example']), origins: new Set() };
const METADATA = '/.well-known/oauth-protected-resource/files';
const HOST: HeaderList = [['host', 'tools.example:8800']];

const placed = (method: string, path: string, headers: HeaderList = HOST, server = SERVER) =>
  placeRequest(headers, { method, path }, server, 8800);

suite('placeRequest()', () => {
  test('knows the route of a server, and the metadata of its resource', () => {
    assert.deepEqual(placed('POST', '/files'), { kind: 'served' });
    assert.deepEqual(placed('GET', METADATA), { kind: 'metadata', resource });
  });

  test('refuses every other path, compared as text, and every other way to ask for the metadata', () => {
    for (const path of ['/', '/files/', '/files?x', '/%66iles', '/admin', '', `${METADATA}?x`]) {
      assert.partialDeepStrictEqual(placed('POST', path), { kind: 'refused', reason: 'http.route' });
    }
    assert.deepEqual(placed('POST', METADATA), { kind: 'refused', reason: 'http.method' });
    const bare = { ...SERVER, resource: undefined };
    assert.partialDeepStrictEqual(placed('GET', METADATA, HOST, bare), { kind: 'refused', reason: 'http.route' });
  });

  test('refuses another Host or Origin before anything else', () => {
    for (const [headers, reason] of [
      [[['host', 'evil.example']], 'http.host'],
      [[], 'http.framing'],
      [[...HOST, ['origin', 'https://evil.example']], 'http.origin'],
    ] as const) {
      assert.deepEqual(placed('GET', METADATA, headers), { kind: 'refused', reason });
    }
  });
});
