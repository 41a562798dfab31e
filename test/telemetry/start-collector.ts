import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../e2e/free-port.ts';
import { receiver, type SpanReceiver, startHttpReceiver } from './start-receiver.ts';
import { OTELCOL } from './telemetry-parts.ts';

/** A Collector that takes spans by both protocols and hands them on, as JSON, to be looked at. */
export interface RunningCollector extends AsyncDisposable {
  readonly http: SpanReceiver;
  readonly grpc: SpanReceiver;
}

/** Starts it on free ports, and waits until it is ready. */
export async function startCollector(): Promise<RunningCollector> {
  const behind = await startHttpReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'otelcol-'));
  const [http, grpc] = [await freePort(), await freePort()];
  await writeFile(join(folder, 'otelcol.yaml'), configuration({ http, grpc, behind: endpointOf(behind.otlp) }));
  const collector = spawn(OTELCOL, ['--config', join(folder, 'otelcol.yaml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: collector.stderr })) {
    if (line.includes('Everything is ready')) break;
  }
  collector.stderr.resume();
  const none = async (): Promise<void> => {};
  return {
    http: receiver(`{ endpoint: "http://127.0.0.1:${http}" }`, behind.requests, none),
    grpc: receiver(`{ endpoint: "http://127.0.0.1:${grpc}", protocol: grpc }`, behind.requests, none),
    async [Symbol.asyncDispose]() {
      const closed = once(collector, 'close');
      collector.kill('SIGKILL');
      await closed;
      await behind[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

function configuration({ http, grpc, behind }: { http: number; grpc: number; behind: string }): string {
  const protocols = { http: { endpoint: `127.0.0.1:${http}` }, grpc: { endpoint: `127.0.0.1:${grpc}` } };
  const exporter = {
    endpoint: behind,
    encoding: 'json',
    compression: 'none',
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  };
  return JSON.stringify({
    receivers: { otlp: { protocols } },
    exporters: { otlp_http: exporter },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp_http'] } },
    },
  });
}

function endpointOf(otlp: string): string {
  return /"(http:[^"]+?)\/?"/.exec(otlp)?.[1] ?? '';
}
