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
  killMaster(): Promise<void>;
  /** Resolves when every Sentinel names another master, and that one takes writes. */
  failedOver(): Promise<void>;
}

const MASTER = 'limits';
const LOOK_MS = 20;

export interface StartSentinelOptions {
  /** What all of them want to hear, Sentinels too. Left out: nothing. One word. */
  readonly password?: string;
}

/** Starts them all; a dead master is noticed after half a second. */
export async function startSentinel({ password }: StartSentinelOptions = {}): Promise<RunningSentinel> {
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
  const guarded = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  const master = await start('master', ['--port', `${port}`, '--save', '', ...guarded]);
  const following = ['--replicaof', `127.0.0.1 ${port}`];
  const second = await freePort();
  await start('replica', ['--port', `${second}`, '--save', '', ...following, ...guarded]);
  const nodes: string[] = [];
  while (nodes.length < 3) {
    const own = await freePort();
    const file = join(folder, `sentinel-${own}.conf`);
    await writeFile(file, configuration(port, password));
    await start(`sentinel-${own}`, [file, '--sentinel', '--port', `${own}`]);
    nodes.push(`127.0.0.1:${own}`);
  }
  return {
    nodes,
    master: MASTER,
    killMaster: () => end(master),
    async failedOver() {
      const ports = nodes.map((node) => node.slice(node.lastIndexOf(':') + 1));
      const known = password === undefined ? [] : ['-a', password, '--no-auth-warning'];
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

function configuration(port: number, password: string | undefined): string {
  return [
    `sentinel monitor ${MASTER} 127.0.0.1 ${port} 2`,
    `sentinel down-after-milliseconds ${MASTER} 500`,
    `sentinel failover-timeout ${MASTER} 2000`,
    ...(password === undefined
      ? []
      : [`requirepass ${password}`, `sentinel auth-pass ${MASTER} ${password}`, `sentinel sentinel-pass ${password}`]),
    '',
  ].join('\n');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
