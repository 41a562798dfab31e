import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { readCheckpointKey } from '../../src/audit/checkpoint/checkpoint-key.ts';
import { noteVerifier } from '../../src/audit/checkpoint/signed-note.ts';
import { printFinding } from '../../src/audit/verify/finding.ts';
import { placedRecords } from '../../src/audit/verify/placed-records.ts';
import { verifyLog } from '../../src/audit/verify/verify-log.ts';
import { originOf } from '../e2e/origin-of.ts';
import { writeProject } from '../e2e/start-sallyport.ts';

export interface KillRunOptions {
  /** How often the service is started and killed. */
  readonly kills: number;
  /** The program: `main.ts`, or what was built from it. */
  readonly main: string;
  /** Numbers in `[0, 1)`: when it is killed. */
  readonly random: () => number;
  /** Told of each round. */
  readonly onRound?: (round: number, calls: number) => void;
}

/** What was seen. */
export interface KillRun extends AsyncDisposable {
  readonly kills: number;
  /** Kills before the service was ready. */
  readonly killedAtStart: number;
  /** Calls that reached a tool, by how safe their record had to be. */
  readonly reached: { readonly strict: number; readonly bounded: number };
  /** Calls that reached a tool and of which no intent was on disk. */
  readonly unrecorded: readonly string[];
  /** What `verifyLog()` found after a kill. */
  readonly findings: readonly string[];
  readonly records: number;
  /** Rounds after which the log ended in the middle of a record. */
  readonly tornEnds: number;
  readonly directory: string;
  readonly verifierKey: string;
  /** The checkpoints that were outside after each kill, each once. */
  readonly checkpoints: readonly string[];
}

const LANES = 16;
/** After it was ready, at most so long until it is killed, milliseconds. */
const LONGEST_LIFE_MS = 500;
/** Every so many rounds it is killed while it starts. */
const KILLED_AT_START = 8;

const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: workspace }
rules:
  - { id: read, match: { tool: read_file }, effect: allow, args: { path: { c: path_under, root: /workspace } }, extra_args: allow }
  - { id: write, match: { tool: write_file }, effect: allow, args: { path: { c: path_under, root: /workspace } }, extra_args: allow }
`;
const MORE = `audit:
  segment_bytes: 262144
  checkpoints: { every_ms: 100, to: outside/ }
`;

/**
 * Calls tools through a real service, kills it at random moments with SIGKILL, and looks each time whether every call that reached
 * a tool has its intent on disk, and whether the log is what was signed.
 */
export async function killRun({ kills, main, random, onRound }: KillRunOptions): Promise<KillRun> {
  await using undo = new AsyncDisposableStack();
  const upstream = undo.use(await startFilesServer());
  const root = await mkdtemp(join(tmpdir(), 'sallyport-kill-'));
  undo.defer(() => rm(root, { recursive: true, force: true }));
  const listeners = '{ agents: { bind: 127.0.0.1:0 } }';
  const servers = { files: upstream.url };
  const folder = await writeProject({ servers, listeners, policy: POLICY, more: MORE, level: 'info' });
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await makeStrict(join(folder, 'catalogue/files.json'));
  const watch = new Watch(folder);
  let sent = 0;
  for (let round = 0; round < kills; round++) {
    const isKilledAtStart = round % KILLED_AT_START === KILLED_AT_START - 1;
    await live(folder, main, { isKilledAtStart, lifeMs: random() * LONGEST_LIFE_MS, next: () => sent++ });
    await watch.look(upstream.calls.splice(0));
    onRound?.(round, sent);
  }
  const kept = undo.move();
  return { ...watch.seen(), kills, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The tool that writes is strict, the one that reads is bounded. */
async function makeStrict(pinsFile: string): Promise<void> {
  const pins = JSON.parse(readFileSync(pinsFile, 'utf8'));
  for (const tool of pins.tools)
    if (tool.definition.name === 'write_file') Object.assign(tool, { durability: 'strict' });
  await writeFile(pinsFile, JSON.stringify(pins));
}

interface Life {
  readonly isKilledAtStart: boolean;
  readonly lifeMs: number;
  readonly next: () => number;
}

/** Starts the service, calls it, and kills it. */
async function live(folder: string, main: string, { isKilledAtStart, lifeMs, next }: Life): Promise<void> {
  const args = [main, 'serve', '--config', join(folder, 'sallyport.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const ready = originOf(child);
  if (!isKilledAtStart) {
    const origin = await ready;
    const lanes = Array.from({ length: LANES }, () => callUntilGone(origin, next));
    await pause(lifeMs);
    abandon();
    await Promise.all(lanes);
  } else {
    ready.catch(() => undefined);
    await pause(lifeMs);
    abandon();
  }
  await ended;
  process.off('exit', abandon);
}

async function callUntilGone(origin: string, next: () => number): Promise<void> {
  for (;;) {
    const number = next();
    const path = `/workspace/n${number}`;
    const isWrite = number % 2 === 0;
    const params = isWrite
      ? { name: 'write_file', arguments: { path, content: 'x' } }
      : { name: 'read_file', arguments: { path } };
    if (!(await call(`${origin}/files`, { jsonrpc: '2.0', id: number, method: 'tools/call', params }))) return;
  }
}

/** Whether there was an answer. */
function call(url: string, message: object): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' };
    const asked = request(url, { method: 'POST', headers }, (response) => {
      response
        .on('error', () => resolve(false))
        .on('close', () => resolve(response.complete))
        .resume();
    });
    asked.on('error', () => resolve(false)).end(JSON.stringify(message));
  });
}

/** Looks at the log after each kill. */
class Watch {
  readonly #state: string;
  readonly #directory: string;
  readonly #outside: string;
  readonly #recorded = new Set<string>();
  readonly #checkpoints: string[] = [];
  readonly #unrecorded: string[] = [];
  readonly #findings: string[] = [];
  readonly #reached = { strict: 0, bounded: 0 };
  #records = 0;
  #tornEnds = 0;
  #killedAtStart = 0;

  constructor(folder: string) {
    this.#state = join(folder, '.sallyport');
    this.#directory = join(this.#state, 'record');
    this.#outside = join(folder, 'outside');
  }

  async look(calls: readonly { readonly tool: string; readonly args: unknown }[]): Promise<void> {
    if (calls.length === 0) this.#killedAtStart++;
    const key = readCheckpointKey(join(this.#state, 'audit-key'));
    if (key === undefined) return;
    await this.#verify(key.verifierKey);
    await this.#readIntents();
    for (const { tool, args } of calls) {
      const path = (args as { readonly path: string }).path;
      this.#reached[tool === 'write_file' ? 'strict' : 'bounded']++;
      if (!this.#recorded.has(path)) this.#unrecorded.push(path);
    }
  }

  seen(): Omit<KillRun, 'kills' | typeof Symbol.asyncDispose> {
    return {
      killedAtStart: this.#killedAtStart,
      reached: this.#reached,
      unrecorded: this.#unrecorded,
      findings: this.#findings,
      records: this.#records,
      tornEnds: this.#tornEnds,
      directory: this.#directory,
      verifierKey: readCheckpointKey(join(this.#state, 'audit-key'))?.verifierKey ?? '',
      checkpoints: this.#checkpoints,
    };
  }

  async #verify(verifierKey: string): Promise<void> {
    const [name] = readdirSync(this.#outside).filter((file) => file.endsWith('.checkpoint'));
    const outside = name === undefined ? undefined : readFileSync(join(this.#outside, name), 'utf8');
    if (outside !== undefined && !this.#checkpoints.includes(outside)) this.#checkpoints.push(outside);
    const report = await verifyLog({
      directory: this.#directory,
      verifier: noteVerifier(verifierKey),
      ...(outside === undefined ? {} : { outside }),
    });
    this.#findings.push(...report.findings.map(printFinding));
    this.#records = report.records;
    if (report.endsTorn) this.#tornEnds++;
  }

  async #readIntents(): Promise<void> {
    for await (const placed of placedRecords(this.#directory)) {
      if (placed.kind !== 'record') continue;
      const path = /"arguments":\{"\/path":"([^"]+)"/.exec(placed.payload.toString())?.[1];
      if (path !== undefined) this.#recorded.add(path);
    }
  }
}
