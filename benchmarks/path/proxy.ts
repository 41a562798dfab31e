/**
 * CPU of the proxy process per allowed 1 KB `tools/call`, with token, pinned schema, rule and record, against a pass-through of
 * the same server and client code. Bar: ≤ 2.5 ×.
 *
 * CPU time (user and system, all threads) is read from /proc, so this runs on Linux. Rounds alternate.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { generateSigningKey } from '../../src/capability/signing-key.ts';
import { callBody, tokenFrom, writeProject } from '../bench-project.ts';
import { median } from '../measure.ts';

const ROUNDS = 15;
const CALLS = 1500;
const CONCURRENCY = 16;
/** USER_HZ, which /proc counts CPU time in. */
const TICKS_PER_SECOND = 100;

interface Target {
  readonly name: string;
  readonly pid: number;
  readonly pool: Pool;
  readonly path: string;
  readonly samples: number[];
}

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
const children: ChildProcess[] = [];
try {
  const upstream = await start(/^(\d+)$/m, [join(import.meta.dirname, 'upstream-process.ts')]);
  const upstreamUrl = `http://127.0.0.1:${upstream.found}/mcp`;
  const key = await generateSigningKey('EdDSA');
  await writeProject(folder, key, { rules: 10, upstream: upstreamUrl });
  const headers = {
    'content-type': 'application/json',
    'accept': 'application/json, text/event-stream',
    'authorization': `Bearer ${await tokenFrom(key)}`,
  };
  const floor = await start(/^(\d+)$/m, [join(import.meta.dirname, 'pass-through-process.ts'), upstreamUrl]);
  const cli = join(import.meta.dirname, '../../dist/cli/main.js');
  const guard = await start(/127\.0\.0\.1:(\d+)/, [cli, 'serve', '--config', join(folder, 'sallyport.yaml')]);
  const targets = [target('pass-through', floor, '/mcp'), target('sallyport', guard, '/files')];

  for (const one of targets) await load(one, headers, CALLS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of round % 2 === 0 ? targets : targets.toReversed()) {
      const before = await cpuMicros(one.pid);
      await load(one, headers, CALLS);
      one.samples.push(((await cpuMicros(one.pid)) - before) / CALLS);
    }
  }
  const [base = Number.NaN] = targets.map(({ samples }) => median(samples));
  console.log('\nproxy process, one allowed 1 KB tools/call');
  for (const { name, samples } of targets) {
    const micros = median(samples);
    console.log(
      `  ${name.padEnd(20)} ${micros.toFixed(1).padStart(8)} µs CPU ${(micros / base).toFixed(2).padStart(6)} ×`,
    );
  }
  await Promise.all(targets.map(({ pool }) => pool.close()));
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

/** Starts a process and waits for what it prints. */
async function start(pattern: RegExp, args: readonly string[]): Promise<{ pid: number; found: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) resolve(found);
  });
  child.once('exit', () => reject(new Error(`${args[0]} ended: ${text}`)));
  return { pid: child.pid ?? 0, found: await promise };
}

function target(name: string, { pid, found }: { pid: number; found: string }, path: string): Target {
  return { name, pid, path, samples: [], pool: new Pool(`http://127.0.0.1:${found}`, { connections: CONCURRENCY }) };
}

async function load({ pool, path, name }: Target, headers: Record<string, string>, calls: number): Promise<void> {
  const body = callBody({ path: '/workspace/report.txt' });
  let left = calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body: reply } = await pool.request({ path, method: 'POST', headers, body });
      const text = await reply.text();
      if (statusCode !== 200 || text.includes('Refused')) throw new Error(`${name}: ${statusCode} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

async function cpuMicros(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
}
