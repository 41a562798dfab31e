import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { askOperator } from '../e2e/ask-operator.ts';
import { originOf } from '../e2e/origin-of.ts';

/** The program from its sources, confined as it would be in earnest. */
export const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** A service that can be killed. */
export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  kill(): Promise<void>;
  /** Asks it to stop; the code it ends with. */
  drain(): Promise<number | null>;
  /** What it wrote so far: its log. */
  said(): string;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
}

/** Starts it, or the built program `main`, with the `sallyport.yaml` in `folder`. @throws when it ends before it is ready. */
export async function startServed(folder: string, main = MAIN): Promise<Served> {
  const args = [main, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    const code = await ended;
    process.off('exit', abandon);
    return code;
  };
  const kill = async (): Promise<void> => void (await end('SIGKILL'));
  return {
    origin: await originOf(child),
    pid: child.pid ?? 0,
    kill,
    drain: () => end('SIGTERM'),
    said: () => said,
    metrics: () => askOperator(join(folder, '.sallyport/operator.sock'), '/metrics'),
    [Symbol.asyncDispose]: kill,
  };
}
