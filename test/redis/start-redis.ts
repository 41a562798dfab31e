import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REDIS_SERVER, redisEnvironment } from './redis-part.ts';

/** A real redis-server of a test, on a Unix socket in a folder of its own. */
export interface RunningRedis extends AsyncDisposable {
  readonly socket: string;
  /** Stops and continues the process, as a machine that hangs does. */
  freeze(): void;
  thaw(): void;
  /** Kills it without warning. */
  kill(): Promise<void>;
  /** Starts it anew at the same socket, empty. */
  restart(): Promise<void>;
}

/** Starts Redis without any storage, and waits until it accepts connections. `more` are words of its command line. */
export async function startRedis(...more: readonly string[]): Promise<RunningRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const socket = join(folder, 'redis.sock');
  const words = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder, ...more];
  let child = await launch(words);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async (): Promise<void> => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    kill();
    await exited;
  };
  return {
    socket,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: end,
    async restart() {
      child = await launch(words);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs redis-server until it says that it is ready. */
export async function launch(words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(REDIS_SERVER, words, { stdio: ['ignore', 'pipe', 'pipe'], env: redisEnvironment() });
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
