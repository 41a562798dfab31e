import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** A `sallyport serve` in a process of its own. */
export interface KillableProcess extends AsyncDisposable {
  /** Ends it without a word, as a kernel does, and waits until it is gone. */
  kill(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Starts it with the `sallyport.yaml` in `folder`, which must log at `info`, and waits until it is ready. */
export async function startKillable(folder: string): Promise<KillableProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const ready = Promise.withResolvers<void>();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"ready"')) ready.resolve();
    });
  }
  child.once('exit', () => ready.reject(new Error(said)));
  await ready.promise;
  const kill = async (): Promise<void> => {
    process.off('exit', abandon);
    abandon();
    await exited;
  };
  return { kill, [Symbol.asyncDispose]: kill };
}
