/**
 * Time from starting `sallyport serve` to its ready line, built files, one server with ten rules and a key set: confined (the
 * process reads the configuration and then becomes one that may touch nothing else) and not, next to the bare start of Node in
 * the same rounds. Bar: ≤ 500 ms confined.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { writeProject } from '../bench-project.ts';
import { median } from '../measure.ts';

const ROUNDS = 21;
const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

interface Start {
  readonly name: string;
  readonly args: readonly string[];
  /** What stands in the output once it is ready; without it, ready is its end. */
  readonly ready?: string;
  readonly samplesMs: number[];
}

const folder = await mkdtemp(join(tmpdir(), 'sallyport-start-'));
try {
  await writeProject(folder, await generateSigningKey('EdDSA'), { rules: 10 });
  const serve = [MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const ready = '"msg":"ready"';
  const starts: readonly Start[] = [
    { name: 'node -e 0', args: ['-e', '0'], samplesMs: [] },
    { name: 'serve, confined', args: serve, ready, samplesMs: [] },
    { name: 'serve --no-confine', args: [...serve, '--no-confine'], ready, samplesMs: [] },
  ];
  // The first start of each reads files that later ones find in memory: a service is not started once.
  for (const one of starts) await millisecondsOf(one);
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of round % 2 === 0 ? starts : starts.toReversed()) one.samplesMs.push(await millisecondsOf(one));
  }
  console.log(`\nstart to ready, ${ROUNDS} starts each`);
  for (const { name, samplesMs } of starts) {
    const [fastest = Number.NaN] = samplesMs.toSorted((a, b) => a - b);
    const slowest = Math.max(...samplesMs);
    const bare = median(starts[0]?.samplesMs ?? []);
    console.log(
      `  ${name.padEnd(20)} median ${inMs(median(samplesMs))} (${inMs(fastest)} …${inMs(slowest)}), ${inMs(median(samplesMs) - bare)} above bare Node`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Starts once, waits until it is ready, and ends it. */
async function millisecondsOf({ name, args, ready }: Start): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (ready === undefined) {
    await ended;
    return performance.now() - startedMs;
  }
  let text = '';
  const printed = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes(ready)) resolve();
    });
  });
  await Promise.race([printed, ended]);
  const tookMs = performance.now() - startedMs;
  if (!text.includes(ready)) throw new Error(`${name} ended before it was ready: ${text}`);
  child.kill('SIGTERM');
  await ended;
  return tookMs;
}

function inMs(ms: number): string {
  return `${ms.toFixed(0).padStart(4)} ms`;
}
