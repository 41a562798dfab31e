import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVOY } from '../../test/envoy/envoy-part.ts';
import { type EnvoyVariant, envoyText } from './envoy-variant.ts';

/** An Envoy under measurement. */
export interface EnvoyProcess extends AsyncDisposable {
  readonly pid: number;
  /** URL of the server `files`. */
  readonly url: string;
}

export interface EnvoyProcessOptions {
  readonly variant: EnvoyVariant;
  /** Socket of the service that is asked. */
  readonly socket: string;
  /** URL of the tool server. */
  readonly upstream: string;
}

/** Two, as it would be on the two cores that this is measured on. */
const WORKERS = '2';

/** Starts Envoy and waits until it listens. Its access log goes nowhere: the line is made and written, and not kept. */
export async function startEnvoyProcess({ variant, socket, upstream }: EnvoyProcessOptions): Promise<EnvoyProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-bench-'));
  const admin = join(folder, 'admin.sock');
  const config = join(folder, 'envoy.yaml');
  const log = join(folder, 'log');
  await writeFile(config, envoyText(variant, { socket, admin, upstreamPort: Number(new URL(upstream).port) }));
  await using errors = await open(log, 'w');
  const args = ['-c', config, '--disable-hot-restart', '--concurrency', WORKERS, '--log-level', 'warning'];
  const child = spawn(ENVOY, args, { stdio: ['ignore', 'ignore', errors.fd] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const port = await listening(child, admin);
  if (port === undefined) {
    kill();
    throw new Error(`Envoy does not serve:\n${await readFile(log, 'utf8')}`);
  }
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}/files`,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What `envoy --version` calls itself. */
export async function envoyVersion(): Promise<string> {
  const child = spawn(ENVOY, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return /\/(\d+\.\d+\.\d+)\//.exec(text)?.[1] ?? 'unknown';
}

interface Listeners {
  readonly listener_statuses: readonly {
    readonly local_address: { readonly socket_address: { readonly port_value: number } };
  }[];
}

async function listening(child: ChildProcess, admin: string): Promise<number | undefined> {
  for (let left = 400; left > 0 && child.exitCode === null; left -= 1) {
    if ((await ask(admin, '/ready').catch(() => '')).trim() === 'LIVE') {
      const { listener_statuses: statuses } = JSON.parse(await ask(admin, '/listeners?format=json')) as Listeners;
      return statuses[0]?.local_address.socket_address.port_value;
    }
    await pause(25);
  }
  return undefined;
}

async function ask(socketPath: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({ socketPath, path, headers: { host: 'admin' } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
  asked.on('error', reject).end();
  return await promise;
}
