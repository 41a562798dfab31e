import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../e2e/free-port.ts';
import { cli } from './cli.ts';
import { launch } from './start-redis.ts';

/** A real Redis Cluster of three masters. */
export interface RunningCluster extends AsyncDisposable {
  /** Its nodes, as HOST:PORT. */
  readonly nodes: readonly string[];
  /** Kills the node at that place in `nodes` without warning. */
  kill(index: number): Promise<void>;
  /** Starts a killed one again, empty, at the same place. Resolves when all say that the cluster is whole. */
  restart(index: number): Promise<void>;
  /** What `redis-cli` answers when it asks the node at that place. @throws when it fails. */
  ask(index: number, ...words: readonly string[]): string;
}

/** Nodes that met each other within so long are joined; on a machine that is short of time, a second is not enough. */
const NODE_TIMEOUT_MS = 5000;
const LOOK_MS = 20;

/** Starts three nodes and joins them; every node says that the cluster is whole before it is used. */
export async function startCluster(): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
  const children: ChildProcess[] = [];
  const killAll = (): void => children.forEach((child) => void child.kill('SIGKILL'));
  process.once('exit', killAll);
  const ports: number[] = [];
  const words: (readonly string[])[] = [];
  while (ports.length < 3) {
    const port = await freePort();
    const own = await wordsOf(join(folder, String(port)), port);
    children.push(await launch(own));
    words.push(own);
    ports.push(port);
  }
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  cli(['--cluster', 'create', ...nodes, '--cluster-yes']);
  const ask = (index: number, ...asked: readonly string[]): string => cli(['-p', `${ports[index]}`, ...asked]).trim();
  const isWhole = (): boolean => ports.every((_, index) => ask(index, 'cluster', 'info').includes('cluster_state:ok'));
  while (!isWhole()) await pause(LOOK_MS);
  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    nodes,
    async kill(index) {
      const child = children[index];
      if (child !== undefined) await kill(child);
    },
    async restart(index) {
      children[index] = await launch(words[index] ?? []);
      while (!isWhole()) await pause(LOOK_MS);
    },
    ask,
    async [Symbol.asyncDispose]() {
      process.off('exit', killAll);
      for (const child of children) await kill(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The command line of a node, which keeps what it knows of the others in `folder`. */
async function wordsOf(folder: string, port: number): Promise<readonly string[]> {
  await mkdir(folder);
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`];
  return [...own, ...cluster, '--cluster-node-timeout', `${NODE_TIMEOUT_MS}`];
}
