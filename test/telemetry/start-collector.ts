import { type ChildProcess, spawn } from 'node:child_process';
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
  /** It takes connections from now on, and answers nothing. */
  hang(): void;
  /** It is not there any more. */
  end(): Promise<void>;
  /** It is there again, where it was. */
  begin(): Promise<void>;
}

/** Starts it on free ports, and waits until it is ready. */
export async function startCollector(): Promise<RunningCollector> {
  const behind = await startHttpReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'otelcol-'));
  const [http, grpc] = [await freePort(), await freePort()];
  const path = join(folder, 'otelcol.yaml');
  await writeFile(path, configuration({ http, grpc, behind: endpointOf(behind.otlp) }));
  let collector = await spawnCollector(path);
  const end = async (): Promise<void> => {
    if (collector.exitCode !== null || collector.signalCode !== null) return;
    const closed = once(collector, 'close');
    collector.kill('SIGKILL');
    await closed;
  };
  const none = async (): Promise<void> => {};
  return {
    http: receiver(`{ endpoint: "http://127.0.0.1:${http}" }`, behind.requests, none),
    grpc: receiver(`{ endpoint: "http://127.0.0.1:${grpc}", protocol: grpc }`, behind.requests, none),
    hang: () => void collector.kill('SIGSTOP'),
    end,
    async begin() {
      collector = await spawnCollector(path);
    },
    async [Symbol.asyncDispose]() {
      await end();
      await behind[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Runs it, and waits until it is ready. */
async function spawnCollector(path: string): Promise<ChildProcess> {
  const collector = spawn(OTELCOL, ['--config', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: collector.stderr })) {
    if (line.includes('Everything is ready')) break;
  }
  collector.stderr.resume();
  return collector;
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
