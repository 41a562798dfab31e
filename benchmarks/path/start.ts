/**
 * Time from starting `sallyport serve` to its ready line, built files, one server with ten rules, conditions and a key set:
 * confined (the process reads the configuration and then becomes one that may touch nothing else) and not, next to floors in
 * the same rounds: the bare start of Node, and Node that imports the packages that the service does and ends. Bar: ≤ 500 ms
 * confined.
 *
 * The clock is what counts here, so other work on the machine counts too: the load is printed, and the fastest start says what
 * it takes when nobody interferes. CPU time is read from `/proc` where there is one, in ticks of 10 ms.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { IMPORTED_AT_START } from '../../src/cli/imports-at-start.fixture.ts';
import { cpuMsOf } from '../../test/soak/cpu-ms.ts';
import { writeProject } from '../bench-project.ts';
import { median } from '../measure.ts';

const ROUNDS = 21;
const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/cli/main.js');
/** Longest time for one start and its end: what takes longer is ended and is a failure. */
const LONGEST_MS = 20_000;

interface Start {
  readonly name: string;
  readonly args: readonly string[];
  /** What stands in the output once it is ready; without it, ready is its end. */
  readonly ready?: string;
  readonly taken: Taken[];
}

interface Taken {
  readonly ms: number;
  /** User and system time of the process until then; `NaN` where it cannot be known. */
  readonly cpuMs: number;
}

const folder = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
try {
  await writeProject(folder, await generateSigningKey('EdDSA'), { rules: 10 });
  const serve = [MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const imports = IMPORTED_AT_START.map((name) => `import '${name}';`).join('');
  const ready = '"msg":"ready"';
  const starts: readonly Start[] = [
    { name: 'node -e 0', args: ['-e', '0'], taken: [] },
    { name: 'node, the packages', args: ['--input-type=module', '-e', imports], taken: [] },
    { name: 'serve --no-confine', args: [...serve, '--no-confine'], ready, taken: [] },
    { name: 'serve, confined', args: serve, ready, taken: [] },
  ];
  console.log(`load ${loadOfMachine()}`);
  // The first start of each reads files that later ones find in memory: a service is not started once.
  for (const one of starts) await start(one);
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of round % 2 === 0 ? starts : starts.toReversed()) one.taken.push(await start(one));
  }
  console.log(`load ${loadOfMachine()} after ${ROUNDS} starts each, to ready:`);
  for (const one of starts) printStart(one);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Starts once, waits until it is ready, and ends it. @throws when it ends before, or takes too long. */
async function start({ name, args, ready }: Start): Promise<Taken> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  let text = '';
  const printed = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (ready !== undefined && text.includes(ready)) resolve();
    });
  });
  await Promise.race([printed, ended]);
  const ms = performance.now() - startedMs;
  const cpuMs = await cpuMsOf(child.pid);
  child.kill('SIGTERM');
  await ended;
  const isReady = ready === undefined ? child.exitCode === 0 : text.includes(ready);
  if (!isReady || child.signalCode === 'SIGKILL') throw new Error(`${name} did not get ready or did not end: ${text}`);
  return { ms, cpuMs };
}

function printStart({ name, taken }: Start): void {
  const samplesMs = taken.map(({ ms }) => ms);
  const cpuMs = median(taken.map((one) => one.cpuMs));
  const cpu = Number.isNaN(cpuMs) ? '' : `, CPU ${inMs(cpuMs)}`;
  console.log(
    `  ${name.padEnd(20)} median ${inMs(median(samplesMs))}, min ${inMs(Math.min(...samplesMs))}, max ${inMs(Math.max(...samplesMs))}${cpu}`,
  );
}

function inMs(ms: number): string {
  return `${ms.toFixed(0).padStart(4)} ms`;
}

function loadOfMachine(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
