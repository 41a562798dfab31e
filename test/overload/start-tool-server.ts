import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('tool-server-process.ts', import.meta.url));

/** How much a tool server can do. */
export interface Strength {
  readonly workers: number;
  /** Time that each call takes, milliseconds. */
  readonly callMs: number;
}

/** Starts one in a process of its own. */
export async function startToolServer({ workers, callMs }: Strength): Promise<{ readonly url: string } & Disposable> {
  const child = spawn(process.execPath, [PROGRAM, String(workers), String(callMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return {
    url: `http://127.0.0.1:${port.trim()}/mcp`,
    [Symbol.dispose]() {
      process.off('exit', kill);
      kill();
    },
  };
}
