import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askOperator } from '../e2e/ask-operator.ts';
import { cpuMsOf } from './cpu-ms.ts';
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
  /** From its beginning until it said that it was ready, milliseconds. */
  readonly startMs: number;
  /** CPU time that it had taken by then, milliseconds. */
  readonly startCpuMs: number;
  /** Has it read its configuration again; resolves when a changed one is in force. */
  reload(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Asks it to stop; the code it ends with. */
  drain(): Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const LOOK_EVERY_MS = 5;
const PROBE = new URL('collect-on-signal.mjs', import.meta.url).href;

export interface ServeOptions {
  /** Whether `collected()` is needed, for which something is loaded beside the product. Default: it is. */
  readonly probed?: boolean;
}

/** Starts it with the `sallyport.yaml` in `folder` and waits until it is ready. @throws when it ends before. */
export async function startServed(folder: string, { probed = true }: ServeOptions = {}): Promise<ServedProcess> {
  const probe = probed ? ['--expose-gc', `--import=${PROBE}`] : [];
  const args = [...probe, MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const startedMs = performance.now();
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
  const startMs = performance.now() - startedMs;
  const startCpuMs = await cpuMsOf(child.pid);
  const kill = async (): Promise<void> => {
    process.off('exit', abandon);
    abandon();
    await ended;
  };
  return {
    pid: pidOf(child),
    origin: ready.origin,
    startMs,
    startCpuMs,
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
    async reload() {
      const before = await digestOf(ready.operator);
      child.kill('SIGHUP');
      while ((await digestOf(ready.operator)) === before) await setTimeout(LOOK_EVERY_MS);
    },
    kill,
    [Symbol.asyncDispose]: kill,
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

/** Of the configuration in force. */
async function digestOf(operator: string): Promise<string> {
  const status = JSON.parse(await askOperator(operator, '/readyz')) as { readonly config: { readonly digest: string } };
  return status.config.digest;
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
