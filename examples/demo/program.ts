import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** A program that runs until it is stopped, and never longer than this process. */
export interface Program extends AsyncDisposable {
  /** What it printed so far. */
  output(): string;
  /** Resolves when `holds` does. @throws with what the program printed, when it ends before, or after `withinMs`. */
  until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void>;
}

/** Starts `file` in `folder`. */
export function startProgram(file: string, args: readonly string[], folder: string): Program {
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      chunks.push(Buffer.from(error.message));
      resolve();
    });
  });
  // Before whatever else is tidied up: it could still write.
  const kill = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  void ended.then(() => process.off('exit', kill));
  const output = (): string => Buffer.concat(chunks).toString();
  return {
    output,
    until: (holds, withinMs) => until(child, holds, { name: `${file} ${args.join(' ')}`, output, withinMs }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface Wait {
  readonly name: string;
  readonly output: () => string;
  readonly withinMs: number;
}

async function until(child: ChildProcess, holds: Parameters<Program['until']>[0], wait: Wait): Promise<void> {
  const lastMs = performance.now() + wait.withinMs;
  while (!(await holds())) {
    const over = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (over) throw new Error(`${wait.name} ended:\n${wait.output()}`);
    if (performance.now() > lastMs) throw new Error(`${wait.name} is not ready:\n${wait.output()}`);
    await pause(LOOK_EVERY_MS);
  }
}
