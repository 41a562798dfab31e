import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../e2e/free-port.ts';
import { cli } from './cli.ts';
import { launch } from './start-redis.ts';

/** A real master with a replica, and three Sentinels that watch them. */
export interface RunningSentinel extends AsyncDisposable {
  /** The Sentinels, as HOST:PORT. */
  readonly nodes: readonly string[];
  /** What they call the master. */
  readonly master: string;
  /** Resolves when the replica has what the master was told so far, which the Sentinels know then. */
  replicated(): Promise<void>;
  killMaster(): Promise<void>;
  /** Resolves when every Sentinel names another master, and that one takes writes. */
  failedOver(): Promise<void>;
}

const MASTER = 'limits';
const LOOK_MS = 20;

export interface StartSentinelOptions {
  /** What all of them want to hear, Sentinels too. Left out: nothing. One word. */
  readonly password?: string;
  /** A user of all of them that has it, beside the default one. One word. */
  readonly user?: string;
  /** Paths of PEM files. All of them speak TLS alone then, and want a certificate of that authority. */
  readonly tls?: { readonly ca: string; readonly certificate: string; readonly key: string };
}

/** Starts them all; a dead master is noticed after half a second. */
export async function startSentinel(options: StartSentinelOptions = {}): Promise<RunningSentinel> {
  const { password, user, tls } = options;
  const folder = await mkdtemp(join(tmpdir(), 'redis-sentinel-'));
  const children: ChildProcess[] = [];
  const killAll = (): void => children.forEach((child) => void child.kill('SIGKILL'));
  process.once('exit', killAll);
  const start = async (name: string, words: readonly string[]): Promise<ChildProcess> => {
    const own = join(folder, name);
    await mkdir(own);
    const child = await launch([...words, '--bind', '127.0.0.1', '--dir', own]);
    children.push(child);
    return child;
  };
  const port = await freePort();
  const at = (own: number): readonly string[] => [tls === undefined ? '--port' : '--tls-port', `${own}`];
  const spoken = tls === undefined ? [] : ['--port', '0', '--tls-replication', 'yes', ...filesOf(tls)];
  const account = user === undefined ? [] : ['--user', user, 'on', `>${password}`, '~*', '&*', '+@all'];
  const guarded = password === undefined ? [] : ['--requirepass', password, '--masterauth', password, ...account];
  const master = await start('master', [...spoken, ...at(port), '--save', '', ...guarded]);
  const following = ['--replicaof', `127.0.0.1 ${port}`];
  const second = await freePort();
  await start('replica', [...spoken, ...at(second), '--save', '', ...following, ...guarded]);
  const nodes: string[] = [];
  while (nodes.length < 3) {
    const own = await freePort();
    const file = join(folder, `sentinel-${own}.conf`);
    await writeFile(file, configuration(port, options));
    await start(`sentinel-${own}`, [file, '--sentinel', ...spoken, ...at(own)]);
    nodes.push(`127.0.0.1:${own}`);
  }
  const secure = tls === undefined ? [] : ['--tls', '--cacert', tls.ca, '--cert', tls.certificate, '--key', tls.key];
  const known = [...secure, ...(password === undefined ? [] : ['-a', password, '--no-auth-warning'])];
  return {
    nodes,
    master: MASTER,
    async replicated() {
      while (cli([...known, '-p', `${port}`, 'WAIT', '1', '500']).trim() !== '1');
    },
    killMaster: () => end(master),
    async failedOver() {
      const ports = nodes.map((node) => node.slice(node.lastIndexOf(':') + 1));
      const masterOf = (sentinel: string): string =>
        cli([...known, '-p', sentinel, 'sentinel', 'get-master-addr-by-name', MASTER]).split('\n')[1] ?? '';
      const isOver = (): boolean => ports.every((sentinel) => masterOf(sentinel) === `${second}`);
      while (!isOver() || !cli([...known, '-p', `${second}`, 'role']).startsWith('master')) await pause(LOOK_MS);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', killAll);
      for (const child of children) await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function filesOf({ ca, certificate, key }: NonNullable<StartSentinelOptions['tls']>): readonly string[] {
  return ['--tls-ca-cert-file', ca, '--tls-cert-file', certificate, '--tls-key-file', key];
}

function configuration(port: number, { password, user }: StartSentinelOptions): string {
  return [
    `sentinel monitor ${MASTER} 127.0.0.1 ${port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 500`,
    `sentinel failover-timeout ${MASTER} 2000`,
    ...(password === undefined
      ? []
      : [`requirepass ${password}`, `sentinel auth-pass ${MASTER} ${password}`, `sentinel sentinel-pass ${password}`]),
    ...(user === undefined ? [] : [`user ${user} on >${password} ~* &* +@all`]),
    '',
  ].join('\n');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
