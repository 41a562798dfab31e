import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serverConfigOf, serverSchema } from './config.ts';

const server = {
  route: '/mcp',
  upstream: 'http://127.0.0.1/mcp',
  resource: 'https://tools.example/mcp',
  pins: 'p.json',
};

function settingsOf(fields: object) {
  const { maxPending, bulkhead } = serverConfigOf(serverSchema.parse({ ...server, ...fields }));
  return { maxPending, ...bulkhead };
}

suite('bulkheadSettingsOf()', () => {
  for (const [what, fields, expected] of [
    ['as many wait as there are connections, and a tool may have all', {}, [256, 512, 512, 8]],
    ['small servers keep an eighth', { max_upstream_connections: 16 }, [16, 32, 32, 4]],
    ['very small ones keep nothing', { max_upstream_connections: 2 }, [2, 4, 4, 0]],
    ['a tool never has more than its server', { max_upstream_connections: 4, max_calls_per_tool: 99 }, [4, 8, 8, 1]],
    ['nobody need wait', { max_upstream_connections: 64, max_upstream_pending: 0 }, [0, 64, 64, 8]],
    ['what is written counts', { max_calls_per_tool: 40, calls_kept_per_tenant: 20 }, [256, 512, 40, 20]],
    [
      'nothing is kept where nobody is identified',
      { identity: 'anonymous', calls_kept_per_tenant: 9 },
      [256, 512, 512, 0],
    ],
  ] as const) {
    test(`by default or not: ${what}`, () => {
      const { maxPending, calls, callsPerTool, keptPerTenant } = settingsOf(fields);
      assert.deepEqual([maxPending, calls, callsPerTool, keptPerTenant], expected);
    });
  }
});
