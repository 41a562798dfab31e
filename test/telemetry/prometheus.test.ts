import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSegments } from '../../src/audit/read-segments.ts';
import { ask } from '../../src/transports/operator/ask.ts';
import { codeBlocks } from '../docs/code-blocks.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startPrometheus } from './start-prometheus.ts';
import { startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';
import { PROMTOOL, whyNoPrometheus } from './telemetry-parts.ts';

interface Vector {
  readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: [number, string] }[];
}

interface TsdbStatus {
  readonly headStats: { readonly numSeries: number };
  readonly labelValueCountByLabelName: readonly { readonly name: string; readonly value: number }[];
}

const CARDINALITY = join(import.meta.dirname, '../../docs/cardinality.md');

/** The queries in the PromQL of a page, each on a line. */
function promqlIn(page: string): readonly string[] {
  const lines = codeBlocks(page).flatMap(({ language, text }) => (language === 'promql' ? text.split('\n') : []));
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

type Exemplars = readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[];

suite('a real Prometheus', { skip: whyNoPrometheus() }, () => {
  test('has the calls of each tool, and finds the trace of one, which the record names too', async () => {
    await using upstream = await startSeen();
    await using receiver = await startHttpReceiver();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      telemetry: [`tracing: { otlp: ${receiver.otlp}, sample: 1 }`],
    });
    await callTool(sallyport.url('files'));
    const [call] = await receiver.until((spans) => spans.some(({ kind }) => kind === 'server'));
    const socket = join(sallyport.folder, '.sallyport/operator.sock');
    await using prometheus = await startPrometheus(socket);
    const { result } = await prometheus.ask<Vector>(
      `query?query=${encodeURIComponent('mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call"}')}`,
      (found) => found.result.length === 1,
    );
    assert.deepEqual([result[0]?.metric['server'], result[0]?.value[1]], ['files', '1']);
    const now = Date.now() / 1000;
    const window = `start=${now - 600}&end=${now + 60}`;
    const [found] = await prometheus.ask<Exemplars>(
      `query_exemplars?query=mcp_server_operation_duration_seconds_bucket&${window}`,
      (all) => all.length === 1,
    );
    assert.deepEqual(found?.exemplars[0]?.labels, { trace_id: call?.traceId, span_id: call?.spanId });

    const items = await Array.fromAsync(readSegments(join(sallyport.folder, '.sallyport/record')));
    const traced = items.flatMap((item) => (item.kind === 'record' ? [item.record.traceparent] : []));
    assert.deepEqual(traced, Array(2).fill(`00-${call?.traceId}-${call?.spanId}-01`));
  });

  test('answers what is written about cardinality', async () => {
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    await callTool(sallyport.url('files'));
    await using prometheus = await startPrometheus(join(sallyport.folder, '.sallyport/operator.sock'));
    const queries = promqlIn(await readFile(CARDINALITY, 'utf8'));
    assert.ok(queries.length >= 6, String(queries.length));
    for (const query of queries) {
      const path = `query?query=${encodeURIComponent(query)}`;
      await prometheus.ask<Vector>(path, ({ result }) => result.length > 0);
    }
    const status = await prometheus.ask<TsdbStatus>('status/tsdb', ({ labelValueCountByLabelName: all }) =>
      all.some(({ name }) => name === 'metric'),
    );
    assert.ok(status.headStats.numSeries > 100);
    const directory = await prometheus.snapshot();
    const analyzed = spawnSync(PROMTOOL, ['tsdb', 'analyze', directory], { encoding: 'utf8' });
    assert.equal(analyzed.status, 0, analyzed.stderr);
    assert.match(analyzed.stdout, /Highest cardinality labels:\n(?:\d+ \S+\n)+/);
  });

  test('finds nothing wrong with the metrics', async () => {
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    await callTool(sallyport.url('files'));
    const { said } = await ask(join(sallyport.folder, '.sallyport/operator.sock'), { path: '/metrics' });
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: said, encoding: 'utf8' });
    assert.equal(`${status} ${stdout}${stderr}`, '0 ');
  });
});
