import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../e2e/free-port.ts';
import { PROMETHEUS } from './telemetry-parts.ts';

/** A real Prometheus that reads the metrics of one Sallyport, and its own. */
export interface RunningPrometheus extends AsyncDisposable {
  /** What its API answers under `/api/v1/`, once `enough` says so. Throws when it does not within twenty seconds. */
  ask<T>(path: string, enough: (data: T) => boolean): Promise<T>;
  /** Writes what it has into blocks. @returns the directory that they are in. */
  snapshot(): Promise<string>;
}

/** Starts it on a free port. It reaches the operator socket through a port that exists for this alone. */
export async function startPrometheus(operatorSocket: string): Promise<RunningPrometheus> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const way = createServer((socket) => {
    const onwards = connect(operatorSocket);
    socket.pipe(onwards).pipe(socket);
    for (const one of [socket, onwards]) one.on('error', () => socket.destroy());
  });
  const scraped = await portOf(way);
  undo.defer(() => void way.close());
  const port = await freePort();
  const config = {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
    scrape_configs: [
      { job_name: 'sallyport', static_configs: [{ targets: [`127.0.0.1:${scraped}`] }] },
      { job_name: 'prometheus', static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
    ],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const flags = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
    '--web.enable-admin-api',
    '--log.level=error',
  ];
  const prometheus = spawn(PROMETHEUS, flags, { stdio: 'ignore' });
  undo.defer(async () => {
    const closed = once(prometheus, 'close');
    prometheus.kill('SIGKILL');
    await closed;
  });
  const running = undo.move();
  return {
    async ask(path, enough) {
      for (let left = 400; ; left -= 1) {
        const data = await answerOf(`http://127.0.0.1:${port}/api/v1/${path}`);
        // The caller knows what it asks for.
        if (data !== undefined && enough(data as Parameters<typeof enough>[0])) return data as never;
        if (left === 0) throw new Error(`${path} has ${JSON.stringify(data)}`);
        await pause(50);
      }
    },
    async snapshot() {
      const made = await answerOf(`http://127.0.0.1:${port}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
      return join(folder, 'data/snapshots', (made as { readonly name: string }).name);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function answerOf(url: string, init?: RequestInit): Promise<unknown> {
  try {
    return ((await (await fetch(url, init)).json()) as { data?: unknown }).data;
  } catch {
    return undefined;
  }
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
