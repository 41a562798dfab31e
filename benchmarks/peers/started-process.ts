import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface StartProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** What it prints once it is ready; its first group is `found`. */
  readonly ready: RegExp;
  /** CPU it is kept on, where there are as many. Left out: any. */
  readonly cpu?: number;
}

/** A process that is ready. Ended with the benchmark, whatever happens. */
export interface StartedProcess extends AsyncDisposable {
  readonly pid: number;
  readonly found: string;
  /** The last of what it wrote to standard error. */
  errors(): string;
  signal(name: NodeJS.Signals): void;
}

/** Characters of standard error that are kept. */
const KEPT = 8192;
const TASKSET = '/usr/bin/taskset';

/** Whether a process can be kept on one CPU, and the load generator on another. */
export function canPin(): boolean {
  return availableParallelism() >= 2 && existsSync(TASKSET);
}

/** Starts it and waits until it is ready. @throws when it ends before. */
export async function startProcess({ command, args, ready, cpu }: StartProcessOptions): Promise<StartedProcess> {
  const whole = cpu === undefined || !canPin() ? [command, ...args] : [TASKSET, '-c', `${cpu}`, command, ...args];
  const [first = '', ...others] = whole;
  const child = spawn(first, others, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-KEPT)));
  const found = await printed(child, ready, () => errors);
  return {
    pid: child.pid ?? 0,
    found,
    errors: () => errors,
    signal: (name) => void child.kill(name),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      kill();
      await ended;
    },
  };
}

async function printed(child: ChildProcess, ready: RegExp, errors: () => string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const look = (chunk: Buffer): void => {
    text += chunk.toString();
    const match = ready.exec(text);
    if (match === null) return;
    child.stdout?.off('data', look).resume();
    child.stderr?.off('data', look);
    resolve(match[1] ?? '');
  };
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`${child.spawnargs.join(' ')} ended: ${text}${errors()}`)));
  return await promise;
}
