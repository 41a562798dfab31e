import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  ATTRIBUTE,
  EXECUTE_TOOL,
  INVOKE_AGENT,
  OLDER_NAMES,
  OWN_ATTRIBUTE,
  SCHEMA_URL,
  SCHEMA_URL_1_37,
  V1_37,
} from './attribute-names.ts';

suite('names of attributes', () => {
  // Dashboards and queries of others depend on each: a change here is a change for them.
  test('are those of the conventions, to the letter', () => {
    assert.deepEqual(Object.values(ATTRIBUTE).toSorted(), [
      'client.address',
      'error.type',
      'gen_ai.agent.id',
      'gen_ai.agent.name',
      'gen_ai.operation.name',
      'gen_ai.prompt.name',
      'gen_ai.provider.name',
      'gen_ai.tool.name',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
      'http.request.method',
      'http.request.resend_count',
      'http.response.status_code',
      'jsonrpc.request.id',
      'mcp.method.name',
      'mcp.protocol.version',
      'mcp.resource.uri',
      'network.protocol.name',
      'network.transport',
      'rpc.response.status_code',
      'server.address',
      'server.port',
    ]);
    assert.deepEqual([EXECUTE_TOOL, INVOKE_AGENT], ['execute_tool', 'invoke_agent']);
    assert.equal(SCHEMA_URL_1_37, 'https://opentelemetry.io/schemas/1.37.0');
    assert.equal(SCHEMA_URL, 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev');
  });

  test('are in a namespace of our own where there is no convention', () => {
    for (const name of Object.values(OWN_ATTRIBUTE)) assert.match(name, /^sallyport\.[a-z_.]+$/);
  });

  test('are those of conventions 1.37 where they had others', () => {
    assert.deepEqual(
      [...V1_37].map(([name, aliases]) => [name, ...aliases.map((alias) => alias.name)]),
      [
        ['mcp.method.name', 'rpc.method', 'rpc.system', 'rpc.jsonrpc.version'],
        ['jsonrpc.request.id', 'rpc.jsonrpc.request_id'],
        ['rpc.response.status_code', 'rpc.jsonrpc.error_code'],
      ],
    );
  });

  test('have old names only for what has a name today, and none of them is a name of today', () => {
    const today = new Set<string>(Object.values(ATTRIBUTE));
    for (const [name, old] of OLDER_NAMES) {
      assert.ok(today.has(name), name);
      for (const one of old) assert.ok(!today.has(one), one);
    }
  });
});
