import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Identity } from '../decision/facts.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { CountedUsage, UsageNames } from './usage-metrics.ts';

const NAMES: UsageNames = {
  servers: [
    ['files', ['read_file', 'write_file']],
    ['llm', []],
  ],
  prices: [
    ['reads.cost', 'units'],
    ['models', 'USD/6'],
  ],
  tenants: ['acme'],
  agents: ['agent-7'],
};
const CALLER: Identity = { kind: 'token', principal: 'p', actor: 'agent-7', tenant: 'acme' };
const OF_TOOL: CountedUsage = {
  server: 'files',
  tool: 'read_file',
  caller: CALLER,
  costs: new Map([['reads.cost', 12]]),
  tokens: undefined,
  model: undefined,
};
const OF_MODEL: CountedUsage = {
  server: 'llm',
  tool: undefined,
  caller: CALLER,
  costs: new Map([['models', 250]]),
  tokens: { input: 36, output: 20, cacheRead: 64, cacheWrite: 0 },
  model: { provider: 'openai', operation: 'chat' },
};

function setup(names: UsageNames = NAMES): Metrics {
  const metrics = createMetrics({ version: '0.1.0', nowMs: () => 0 });
  metrics.setUsageNames(names);
  return metrics;
}

async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(name));
}

suite('usage as it is counted', () => {
  test('is cost by tool, tenant, rule and unit, and by agent', async () => {
    const metrics = setup();
    metrics.used(OF_TOOL);
    metrics.used(OF_TOOL);
    metrics.used(OF_MODEL);
    assert.deepEqual(await linesOf(metrics, 'sallyport_cost_total'), [
      'sallyport_cost_total{server="files",tool="read_file",tenant="acme",rule="reads.cost",unit="units"} 24',
      'sallyport_cost_total{server="llm",tool="",tenant="acme",rule="models",unit="USD/6"} 250',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_agent_cost_total'), [
      'sallyport_agent_cost_total{agent="agent-7",rule="reads.cost",unit="units"} 24',
      'sallyport_agent_cost_total{agent="agent-7",rule="models",unit="USD/6"} 250',
    ]);
  });

  test('is tokens by kind, each once, and those of a request as the conventions have them', async () => {
    const metrics = setup();
    metrics.used(OF_MODEL);
    assert.deepEqual(await linesOf(metrics, 'sallyport_tokens_total'), [
      'sallyport_tokens_total{server="llm",tenant="acme",type="input"} 36',
      'sallyport_tokens_total{server="llm",tenant="acme",type="output"} 20',
      'sallyport_tokens_total{server="llm",tenant="acme",type="cache_read"} 64',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_agent_tokens_total'), [
      'sallyport_agent_tokens_total{agent="agent-7",type="input"} 36',
      'sallyport_agent_tokens_total{agent="agent-7",type="output"} 20',
      'sallyport_agent_tokens_total{agent="agent-7",type="cache_read"} 64',
    ]);
    const labels = 'server="llm",gen_ai_operation_name="chat",gen_ai_provider_name="openai"';
    assert.deepEqual(await linesOf(metrics, 'gen_ai_client_token_usage_sum'), [
      `gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="input"} 100`,
      `gen_ai_client_token_usage_sum{${labels},gen_ai_token_type="output"} 20`,
    ]);
  });

  test('tells no agents apart unless some are named, and nobody is no agent', async () => {
    const metrics = setup({ ...NAMES, agents: [] });
    metrics.used(OF_TOOL);
    metrics.setUsageNames(NAMES);
    metrics.used({ ...OF_TOOL, caller: { kind: 'anonymous', principal: 'anonymous' } });
    assert.deepEqual(await linesOf(metrics, 'sallyport_agent_cost_total'), []);
    metrics.used({ ...OF_TOOL, caller: { kind: 'token', principal: 'p', clientId: 'agent-8' } });
    assert.deepEqual(await linesOf(metrics, 'sallyport_agent_cost_total'), [
      'sallyport_agent_cost_total{agent="_other",rule="reads.cost",unit="units"} 12',
    ]);
  });

  test('has names that are configured only, whatever callers are called', async () => {
    const metrics = setup();
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('files', 'read_file', 'acme', 'agent-7', 'reads.cost', '__proto__', 'a|b', 'a"} 1\nx 2'),
    );
    fc.assert(
      fc.property(name, name, name, name, name, (server, tool, tenant, actor, rule) => {
        const caller: Identity = { kind: 'token', principal: actor, actor, tenant };
        metrics.used({ ...OF_MODEL, server, tool, caller, costs: new Map([[rule, 1]]) });
      }),
      { numRuns: 2000 },
    );
    const known = ['files', 'llm', 'read_file', 'acme', 'agent-7', 'reads.cost', 'models', 'units', 'USD/6'];
    const closed = ['input', 'output', 'cache_read', 'chat', 'openai', '_other', '_invalid', ''];
    const values = [...(await metrics.render()).matchAll(/^(?:sallyport_(?:agent_)?(?:cost|tokens)|gen_ai).*$/gm)]
      .flatMap(([line]) => [...line.matchAll(/"([^"]*)"/g)])
      .map(([, value = '']) => value)
      .filter((value) => !/^(\d+|\+Inf)$/.test(value));
    assert.deepEqual(new Set(values).difference(new Set([...known, ...closed])), new Set());
  });

  test('has so many label sets and no more: then names are folded, and never the unit', async () => {
    const metrics = setup();
    const tools = Array.from({ length: 2100 }, (_, index) => `tool_${index}`);
    metrics.setUsageNames({ ...NAMES, servers: [['files', tools]] });
    for (const tool of tools) metrics.used({ ...OF_TOOL, tool });
    const sets = await linesOf(metrics, 'sallyport_cost_total');
    assert.equal(sets.length, 2001);
    assert.equal(
      sets.at(-1),
      'sallyport_cost_total{server="_other",tool="_other",tenant="_other",rule="_other",unit="units"} 1200',
    );
    assert.deepEqual(await linesOf(metrics, 'sallyport_metric_budget_overflow_total'), [
      'sallyport_metric_budget_overflow_total{metric="sallyport_cost_total"} 100',
    ]);
  });

  test('keeps what a price of before a reload cost, without its unit', async () => {
    const metrics = setup();
    metrics.setUsageNames({ ...NAMES, prices: [] });
    metrics.used(OF_TOOL);
    assert.deepEqual(await linesOf(metrics, 'sallyport_cost_total'), [
      'sallyport_cost_total{server="files",tool="read_file",tenant="acme",rule="_other",unit="_other"} 12',
    ]);
  });
});
