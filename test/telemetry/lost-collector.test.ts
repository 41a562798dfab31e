import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { metric, untilMetric } from '../envoy/outcomes.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';

const fate = (name: string): string => `sallyport_trace_spans_total{fate="${name}"}`;

/** Listens, takes what comes, and never answers. */
async function startSilent() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? address?.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

suite('a collector that is lost', () => {
  test('that is not there costs its spans, and no call', async () => {
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      telemetry: ['tracing: { otlp: { endpoint: "http://127.0.0.1:9", timeout_ms: 100 }, sample: 1 }'],
    });
    const answer = await callTool(sallyport.url('files'));
    assert.ok(answer.kind === 'reply' && answer.status === 200);
    assert.equal(await untilMetric(sallyport.folder, fate('failed'), 15), 15);
  });

  test('that takes everything and answers nothing holds no more spans than may wait', async () => {
    await using silent = await startSilent();
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      telemetry: [
        `tracing: { otlp: { endpoint: "http://127.0.0.1:${silent.port}", timeout_ms: 60000 }, sample: 1, max_queued_spans: 64 }`,
      ],
    });
    for (let calls = 0; calls < 60; calls += 1) {
      const answer = await callTool(sallyport.url('files'));
      assert.ok(answer.kind === 'reply' && answer.status === 200);
    }
    assert.ok((await metric(sallyport.folder, 'sallyport_trace_queue_spans')) <= 64);
    assert.ok((await metric(sallyport.folder, fate('dropped'))) > 600);
  });

  test('gets spans again as soon as it is back', async () => {
    await using upstream = await startSeen();
    const gone = await startHttpReceiver();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      telemetry: [`tracing: { otlp: ${gone.otlp.replace(' }', ', timeout_ms: 100 }')}, sample: 1, checks: none }`],
    });
    await gone[Symbol.asyncDispose]();
    await callTool(sallyport.url('files'));
    assert.equal(await untilMetric(sallyport.folder, fate('failed'), 2), 2);
    await using back = await startHttpReceiver(Number(/:(\d+)/.exec(gone.otlp.slice(18))?.[1]));
    await callTool(sallyport.url('files'));
    await back.until((spans) => spans.length === 2);
    assert.equal(await untilMetric(sallyport.folder, fate('exported'), 2), 2);
  });
});
