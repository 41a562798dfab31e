import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LogTally } from './log-tally.ts';

/** Memory of the served process, bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** A `sallyport serve` from built files, confined as it would be in earnest. */
export interface ServedProcess extends AsyncDisposable {
  readonly pid: number;
  /** Where agents connect. */
  readonly origin: string;
  readonly log: LogTally;
  /** Resident memory as the kernel counts it now, bytes. */
  resident(): Promise<number>;
  /** What is left after a full garbage collection. */
  collected(): Promise<Memory>;
  openFiles(): Promise<number>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  /** Asks it to stop; the code it ends with. */
  drain(): Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PROBE = new URL('collect-on-signal.mjs', import.meta.url).href;

/** Starts it with the `sallyport.yaml` in `folder` and waits until it is ready. @throws when it ends before. */
export async function startServed(folder: string): Promise<ServedProcess> {
  const args = ['--expose-gc', `--import=${PROBE}`, MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const log = new LogTally();
  const memory = new Mailbox<Memory>();
  readLines(child.stdout, (line) => log.add(line));
  readLines(child.stderr, (line) => {
    if (line.startsWith('memory ')) memory.put(JSON.parse(line.slice(7)) as Memory);
    else log.addStray(line);
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const ready = await Promise.race([log.ready, ended.then((code) => code)]);
  if (typeof ready !== 'object' || ready === null)
    throw new Error(`serve ended with ${ready}: ${log.strays.join('\n')}`);
  return {
    pid: pidOf(child),
    origin: ready.origin,
    log,
    resident: () => residentOf(pidOf(child)),
    async collected() {
      const answer = memory.take();
      child.kill('SIGUSR2');
      return await answer;
    },
    openFiles: async () => (await readdir(`/proc/${pidOf(child)}/fd`)).length,
    metrics: () => askOperator(ready.operator, '/metrics'),
    async drain() {
      child.kill('SIGTERM');
      return await ended;
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', abandon);
      abandon();
      await ended;
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process has not started');
  return pid;
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function readLines(stream: NodeJS.ReadableStream, each: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) each(line);
  });
}

function askOperator(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}

/** Hands each thing put in to the one who asked for the next. */
class Mailbox<T> {
  readonly #asked: ((value: T) => void)[] = [];

  take(): Promise<T> {
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  put(value: T): void {
    this.#asked.shift()?.(value);
  }
}
