import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { freePort } from '../e2e/free-port.ts';
import { close, listen } from '../servers/listen.ts';
import { OTELCOL } from '../telemetry/telemetry-parts.ts';

/** A log record as a Collector hands it on. */
export interface CollectedLog {
  readonly body: { readonly stringValue: string };
  readonly eventName: string;
  /** Absent where there is no trace. */
  readonly traceId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}

/** A real Collector that takes logs. */
export interface LogCollector extends AsyncDisposable {
  /** Where they are posted. */
  readonly url: string;
  readonly logs: readonly CollectedLog[];
}

interface HandedOn {
  readonly resourceLogs: readonly { readonly scopeLogs: readonly { readonly logRecords: readonly CollectedLog[] }[] }[];
}

/** Starts it on a free port, and waits until it is ready. */
export async function startLogCollector(): Promise<LogCollector> {
  const logs: CollectedLog[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { resourceLogs } = JSON.parse(await readText(request)) as HandedOn;
    for (const { scopeLogs } of resourceLogs) for (const { logRecords } of scopeLogs) logs.push(...logRecords);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const behind = createServer((request, response) => void take(request, response));
  const endpoint = new URL(await listen(behind)).origin;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-otelcol-'));
  const port = await freePort();
  await writeFile(join(folder, 'otelcol.yaml'), configuration(port, endpoint));
  const collector = spawn(OTELCOL, ['--config', join(folder, 'otelcol.yaml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: collector.stderr })) {
    if (line.includes('Everything is ready')) break;
  }
  collector.stderr.resume();
  return {
    url: `http://127.0.0.1:${port}/v1/logs`,
    logs,
    async [Symbol.asyncDispose]() {
      const closed = once(collector, 'close');
      collector.kill('SIGKILL');
      await closed;
      await close(behind);
      await rm(folder, { recursive: true });
    },
  };
}

function configuration(port: number, endpoint: string): string {
  const exporter = {
    endpoint,
    encoding: 'json',
    compression: 'none',
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  };
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { otlp_http: exporter },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['otlp'], exporters: ['otlp_http'] } },
    },
  });
}
