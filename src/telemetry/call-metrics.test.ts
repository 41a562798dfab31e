import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { CountedCall } from './call-metrics.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const CALL: CountedCall = {
  server: 'files',
  method: 'tools/call',
  tool: 'read_file',
  error: '',
  seconds: 0.03,
  tripSeconds: 0.015,
  trace: undefined,
};
const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };

function setup(): Metrics {
  const metrics = createMetrics({ version: '0.1.0', nowMs: () => 0 });
  metrics.setCatalogue([
    ['files', ['read_file', 'write_file', 'odd name']],
    ['mail', ['send']],
  ]);
  return metrics;
}

/** Lines of what changes only by calls. */
function standing(page: string): readonly string[] {
  return page.split('\n').filter((line) => !/^(process_|sallyport_event_loop)/.test(line));
}

async function linesOf(metrics: Pick<Metrics, 'render'>, name: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(name));
}

suite('calls as they are counted', () => {
  test('are timed as a whole by method, their trips by tool, and counted by tool', async () => {
    const metrics = setup();
    metrics.called(CALL);
    metrics.called({ ...CALL, error: 'denied', tripSeconds: undefined });
    metrics.called({ ...CALL, method: 'tools/list', tool: undefined });
    assert.deepEqual(await linesOf(metrics, 'mcp_server_operation_duration_seconds_count'), [
      'mcp_server_operation_duration_seconds_count{server="files",mcp_method_name="tools/call",error_type=""} 1',
      'mcp_server_operation_duration_seconds_count{server="files",mcp_method_name="tools/call",error_type="denied"} 1',
      'mcp_server_operation_duration_seconds_count{server="files",mcp_method_name="tools/list",error_type=""} 1',
    ]);
    assert.deepEqual(await linesOf(metrics, 'mcp_client_operation_duration_seconds_sum'), [
      'mcp_client_operation_duration_seconds_sum{server="files",mcp_method_name="tools/call",gen_ai_tool_name="read_file",error_type=""} 0.015',
      'mcp_client_operation_duration_seconds_sum{server="files",mcp_method_name="tools/list",gen_ai_tool_name="",error_type=""} 0.015',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_tool_calls_total'), [
      'sallyport_tool_calls_total{server="files",tool="read_file",error_type=""} 1',
      'sallyport_tool_calls_total{server="files",tool="read_file",error_type="denied"} 1',
    ]);
  });

  test('are told apart by tool whatever else is named later, and however the names came', async () => {
    const metrics = setup();
    metrics.setCatalogue([['files', new Set(['read_file']).keys()]]);
    metrics.setRoutes(['llm']);
    metrics.called(CALL);
    metrics.called({ ...CALL, server: 'llm', tool: undefined });
    assert.deepEqual(await linesOf(metrics, 'sallyport_tool_calls_total'), [
      'sallyport_tool_calls_total{server="files",tool="read_file",error_type=""} 1',
    ]);
    const [, ofRoute] = await linesOf(metrics, 'mcp_server_operation_duration_seconds_count');
    assert.match(ofRoute ?? '', /server="llm"/);
  });

  test('have names of the catalogue only: a tool of one server is none of another', async () => {
    const metrics = setup();
    const names: readonly (readonly [server: string, tool: string])[] = [
      ['mail', 'read_file'],
      ['files', 'no_such'],
      ['files', 'odd name'],
      ['files', 'a"} 1\nsallyport_x 2'],
      ['nowhere', 'send'],
      ['a|b', 'send'],
    ];
    for (const [server, tool] of names) metrics.called({ ...CALL, server, tool });
    assert.deepEqual(await linesOf(metrics, 'sallyport_tool_calls_total'), [
      'sallyport_tool_calls_total{server="mail",tool="_other",error_type=""} 1',
      'sallyport_tool_calls_total{server="files",tool="_other",error_type=""} 1',
      'sallyport_tool_calls_total{server="files",tool="_invalid",error_type=""} 2',
      'sallyport_tool_calls_total{server="_other",tool="_other",error_type=""} 1',
      'sallyport_tool_calls_total{server="_invalid",tool="_other",error_type=""} 1',
    ]);
  });

  test('make no series of whatever names callers make up', async () => {
    const metrics = setup();
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('read_file', 'send', 'files|read_file', '__proto__'),
    );
    fc.assert(
      fc.property(name, name, (server, tool) => {
        metrics.called({ ...CALL, server, tool });
      }),
      { numRuns: 2000 },
    );
    // Each server, or none; each of its tools, or none.
    assert.ok((await linesOf(metrics, 'sallyport_tool_calls_total')).length <= 4 * 5);
  });

  test('have so many label sets and no more: then the tool is folded, and never what went wrong', async () => {
    const metrics = setup();
    const tools = Array.from({ length: 400 }, (_, index) => `tool_${index}`);
    metrics.setCatalogue([['files', tools]]);
    for (const tool of tools) metrics.called({ ...CALL, tool });
    metrics.called({ ...CALL, tool: 'tool_399', error: 'upstream_failed' });
    const sets = await linesOf(metrics, 'mcp_client_operation_duration_seconds_count');
    assert.equal(sets.length, 252);
    assert.match(sets.at(-2) ?? '', /gen_ai_tool_name="_other",error_type=""\} 150$/);
    assert.match(sets.at(-1) ?? '', /gen_ai_tool_name="_other",error_type="upstream_failed"\} 1$/);
    assert.deepEqual(await linesOf(metrics, 'sallyport_metric_budget_overflow_total'), [
      'sallyport_metric_budget_overflow_total{metric="mcp_client_operation_duration_seconds"} 151',
    ]);
    const budget = await linesOf(metrics, 'sallyport_metric_label_sets');
    assert.ok(budget.includes('sallyport_metric_label_sets{metric="mcp_client_operation_duration_seconds"} 250'));
    assert.ok(budget.includes('sallyport_metric_label_sets_limit{metric="mcp_client_operation_duration_seconds"} 250'));
  });

  test('lead to the trace of a sampled call, in OpenMetrics alone', async () => {
    const metrics = setup();
    metrics.called({ ...CALL, trace: TRACE });
    metrics.called({ ...CALL, seconds: 40, trace: { ...TRACE, sampled: false } });
    const open = await metrics.openMetrics.render();
    const exemplars = open.split('\n').filter((line) => line.includes('trace_id'));
    assert.equal(exemplars.length, 1);
    assert.match(
      exemplars[0] ?? '',
      /^mcp_server_operation_duration_seconds_bucket\{.*le="0.05".*\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"\} 0.03 /,
    );
    assert.match(open, /\n# TYPE sallyport_tool_calls counter\nsallyport_tool_calls_total\{[^]*# EOF\n$/);
    const text = await metrics.render();
    assert.doesNotMatch(text, /trace_id|# EOF/);
    assert.match(text, /\n# TYPE sallyport_tool_calls_total counter\nsallyport_tool_calls_total\{/);
    // Whatever was asked for before.
    assert.deepEqual(standing(await metrics.openMetrics.render()), standing(open));
    assert.deepEqual(standing(await metrics.render()), standing(text));
  });

  test('are written once for all who ask at the same time', async () => {
    const metrics = setup();
    metrics.called(CALL);
    const [one, other] = await Promise.all([metrics.render(), metrics.render()]);
    assert.equal(one, other);
  });
});
