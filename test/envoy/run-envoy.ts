import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVOY } from './envoy-part.ts';

/** An Envoy that serves. */
export interface EnvoyProcess extends AsyncDisposable {
  /** The port of each of its listeners, by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** The counters and gauges whose name has `part` in it. */
  stats(part: string): Promise<ReadonlyMap<string, number>>;
  /** What it wrote to its log and access log so far. */
  log(): string;
}

/** Where a configuration must put its administration: a socket in `folder`. */
export function adminSocket(folder: string): string {
  return join(folder, 'admin.sock');
}

export interface RunEnvoyOptions {
  /** Threads that carry requests, each with connections of its own to Sallyport. Default: 2. */
  readonly workers?: number;
  /** A command that starts the one behind it, such as `setpriv` with options. */
  readonly through?: readonly string[];
}

/** Starts Envoy on a configuration, which it writes to `folder`, and waits until all workers accept. */
export async function runEnvoy(
  folder: string,
  text: string,
  { workers = 2, through = [] }: RunEnvoyOptions = {},
): Promise<EnvoyProcess> {
  const config = join(folder, 'envoy.yaml');
  await writeFile(config, text);
  // Hot restart would tie it to the thread that spawned it (PR_SET_PDEATHSIG), and to shared memory of its host.
  const args = ['-c', config, '--disable-hot-restart', '--concurrency', String(workers), '--log-level', 'warning'];
  const [command, ...rest] = [...through, ENVOY] as const;
  const child = spawn(command, [...rest, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = collect(child);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const admin = adminSocket(folder);
  const ports = await listening(child, admin, log);
  return {
    ports,
    log,
    stats: async (part) => readStats(await ask(admin, `/stats?filter=${part}`)),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const isOver = child.exitCode !== null || child.signalCode !== null;
      const exited = isOver ? undefined : once(child, 'exit');
      kill();
      await exited;
    },
  };
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

interface ListenerStatus {
  readonly name: string;
  readonly local_address: { readonly socket_address: { readonly port_value: number } };
}

async function listening(child: ChildProcess, admin: string, log: () => string): Promise<ReadonlyMap<string, number>> {
  for (let left = 400; left > 0; left -= 1) {
    if (child.exitCode !== null) break;
    const ready = await ask(admin, '/ready').catch(() => '');
    if (ready.trim() === 'LIVE') {
      const text = await ask(admin, '/listeners?format=json');
      const { listener_statuses: statuses } = JSON.parse(text) as { listener_statuses: readonly ListenerStatus[] };
      return new Map(statuses.map(({ name, local_address: at }) => [name, at.socket_address.port_value]));
    }
    await pause(25);
  }
  child.kill('SIGKILL');
  throw new Error(`Envoy does not serve:\n${log()}`);
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

function readStats(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.split(': '));
  return new Map(lines.map(([name = '', value = '']) => [name, Number(value)]));
}

/** Whether Envoy takes this configuration, by its own word; else what it says. */
export async function validate(config: string): Promise<string> {
  const child = spawn(ENVOY, ['--mode', 'validate', '-c', config, '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collect(child);
  await once(child, 'close');
  return child.exitCode === 0 ? 'valid' : said();
}
