import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REDIS_SERVER, redisEnvironment } from './redis-part.ts';

/** A real redis-server of a test, on a Unix socket in a folder of its own. */
export interface RunningRedis extends AsyncDisposable {
  readonly socket: string;
  /** Of the process that was started last. */
  readonly pid: number;
  /** Stops and continues the process, as a machine that hangs does. */
  freeze(): void;
  thaw(): void;
  /** Kills it without warning. */
  kill(): Promise<void>;
  /** Starts it anew at the same socket, empty. */
  restart(): Promise<void>;
}

export interface StartRedisOptions {
  /** Further words of its command line. */
  readonly words?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts Redis without any storage, and waits until it accepts connections. */
export async function startRedis({ words: more = [], env = {} }: StartRedisOptions = {}): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const socket = join(folder, 'redis.sock');
  const words = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder, ...more];
  let child = await launch(words, env);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async (): Promise<void> => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    kill();
    await exited;
  };
  return {
    socket,
    get pid() {
      return child.pid ?? 0;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: end,
    async restart() {
      child = await launch(words, env);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs redis-server until it says that it is ready. */
export async function launch(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const env = { ...redisEnvironment(), ...more };
  const child = spawn(REDIS_SERVER, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (/[Rr]eady to accept connections|Sentinel ID is/.test(output)) resolve();
    });
  }
  child.once('exit', () => reject(new Error(`redis-server does not serve:\n${output}`)));
  child.once('error', reject);
  await promise;
  return child;
}
