import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSegments } from '../../src/audit/read-segments.ts';
import { ask } from '../../src/transports/operator/ask.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startPrometheus } from './start-prometheus.ts';
import { startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';
import { PROMTOOL, whyNoPrometheus } from './telemetry-parts.ts';

interface Vector {
  readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: [number, string] }[];
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

  test('finds nothing wrong with the metrics', async () => {
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    await callTool(sallyport.url('files'));
    const { said } = await ask(join(sallyport.folder, '.sallyport/operator.sock'), { path: '/metrics' });
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: said, encoding: 'utf8' });
    assert.equal(`${status} ${stdout}${stderr}`, '0 ');
  });
});
