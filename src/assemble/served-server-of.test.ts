import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serverConfigOf, serverSchema } from '../catalogue/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { proxyServerOf } from './served-server-of.ts';

const written = {
  route: '/files',
  upstream: 'http://127.0.0.1:3001/mcp',
  resource: 'https://tools.example/files',
  pins: 'files.json',
};

function served(more: object): ReturnType<typeof proxyServerOf> {
  const config = serverConfigOf(serverSchema.parse({ ...written, ...more }));
  const loaded = { config: { authenticate: { issuers: [{ issuer: 'https://idp.example' }] } } };
  return proxyServerOf({ name: 'files', config, tools: new Map() }, loaded as LoadedConfig);
}

suite('proxyServerOf()', () => {
  test('opens as many connections to the upstream as the server says, 256 when it says nothing', async () => {
    assert.equal((await served({ max_upstream_connections: 7 })).upstream.maxConnections, 7);
    assert.equal((await served({})).upstream.maxConnections, 256);
  });

  test('tells callers the scopes and authorization servers to ask', async () => {
    assert.deepEqual((await served({ scopes: ['files:read'] })).resource, {
      identifier: 'https://tools.example/files',
      authorizationServers: ['https://idp.example'],
      scopes: ['files:read'],
    });
  });
});
