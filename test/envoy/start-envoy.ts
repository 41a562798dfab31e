import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Authority, makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { ENVOY } from './envoy-part.ts';
import { renderEnvoy, type Wiring } from './render-envoy.ts';

export interface StartEnvoyOptions {
  /** Which of the shipped files. Default: authorize. */
  readonly wiring?: Wiring;
  /** Socket of Sallyport's door; nobody needs to listen there. */
  readonly socket: string;
  /** URL of the tool server, on loopback and at `/mcp`. */
  readonly upstream: string;
  /** Threads that carry requests, each with connections of its own to Sallyport. Default: 2. */
  readonly workers?: number;
  /** Last changes of the configuration's text. */
  readonly edit?: (text: string) => string;
}

/** A real Envoy that serves one of the shipped files. */
export interface RunningEnvoy extends AsyncDisposable {
  /** URL of the server `files`, without TLS. */
  readonly url: string;
  /** The same behind TLS with client certificates. */
  readonly tlsUrl: string;
  /** Signs client certificates that the TLS listener takes, and its own for `localhost`. */
  readonly agents: Authority;
  /** The counters and gauges whose name has `part` in it. */
  stats(part: string): Promise<ReadonlyMap<string, number>>;
  /** What it wrote to its log and access log so far. */
  log(): string;
}

/** Starts Envoy on free ports, and waits until it listens. */
export async function startEnvoy({
  wiring = 'authorize',
  socket,
  upstream,
  workers = 2,
  edit = (text) => text,
}: StartEnvoyOptions): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  const agents = makeAuthority('agents', 'P-256');
  await writeCertificates(folder, agents);
  const text = edit(renderEnvoy({ wiring, folder, socket, upstreamPort: Number(new URL(upstream).port) }));
  return await runEnvoy({ folder, agents, text, workers });
}

export interface RunEnvoyOptions {
  /** Its own, with the certificates that `text` names, and its socket of administration, `admin.sock`. */
  readonly folder: string;
  readonly agents: Authority;
  /** Its configuration. */
  readonly text: string;
  readonly workers?: number;
  /** A command that starts the one behind it, such as `setpriv` with options. */
  readonly through?: readonly string[];
}

/** Starts Envoy on a configuration, and waits until it listens. */
export async function runEnvoy({
  folder,
  agents,
  text,
  workers = 2,
  through = [],
}: RunEnvoyOptions): Promise<RunningEnvoy> {
  const config = join(folder, 'envoy.yaml');
  await writeFile(config, text);
  // Hot restart would tie it to the thread that spawned it (PR_SET_PDEATHSIG), and to shared memory of its host.
  const args = ['-c', config, '--disable-hot-restart', '--concurrency', String(workers), '--log-level', 'warning'];
  const [command, ...rest] = [...through, ENVOY] as const;
  const child = spawn(command, [...rest, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = collect(child);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const admin = join(folder, 'admin.sock');
  const ports = await listening(child, admin, log);
  return {
    url: `http://127.0.0.1:${ports.get('agents')}/files`,
    tlsUrl: `https://localhost:${ports.get('agents-tls')}/files`,
    agents,
    log,
    stats: async (part) => readStats(await ask(admin, `/stats?filter=${part}`)),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      kill();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeCertificates(folder: string, authority: Authority): Promise<void> {
  const own = authority.issue('localhost', ['dns:localhost', 'ip:127.0.0.1']);
  await writeFile(join(folder, 'server.pem'), own.cert);
  await writeFile(join(folder, 'server.key'), own.key);
  await writeFile(join(folder, 'agents-ca.pem'), authority.ca);
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

/** The port of each listener by name, as soon as all workers accept. */
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
