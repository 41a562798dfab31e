import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../e2e/free-port.ts';
import { REDIS_CLI, redisEnvironment } from './redis-part.ts';
import { launch } from './start-redis.ts';

/** A real Redis Cluster of three masters. */
export interface RunningCluster extends AsyncDisposable {
  /** Its nodes, as HOST:PORT. */
  readonly nodes: readonly string[];
  /** Kills the node at that place in `nodes` without warning. */
  kill(index: number): Promise<void>;
}

const NODE_TIMEOUT_MS = 1000;

/** Starts three nodes and joins them; every node says that the cluster is whole before it is used. */
export async function startCluster(): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
  const children: ChildProcess[] = [];
  const killAll = (): void => children.forEach((child) => void child.kill('SIGKILL'));
  process.once('exit', killAll);
  const ports: number[] = [];
  while (ports.length < 3) {
    const port = await freePort();
    children.push(await startNode(join(folder, String(port)), port));
    ports.push(port);
  }
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  cli(['--cluster', 'create', ...nodes, '--cluster-yes']);
  for (const port of ports) while (!cli(['-p', `${port}`, 'cluster', 'info']).includes('cluster_state:ok'));
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
    async [Symbol.asyncDispose]() {
      process.off('exit', killAll);
      for (const child of children) await kill(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startNode(folder: string, port: number): Promise<ChildProcess> {
  await mkdir(folder);
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`];
  return await launch([...own, ...cluster, '--cluster-node-timeout', `${NODE_TIMEOUT_MS}`]);
}

function cli(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(REDIS_CLI, words, { encoding: 'utf8', env: redisEnvironment() });
  if (status !== 0) throw new Error(`redis-cli ${words.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}
