import { openPeer } from '../attacks/peer.ts';
import { type Checkpoint, takeCheckpoint } from './checkpoint.ts';
import { startToolServer } from './counted-upstream.ts';
import { callMillis } from './good-calls.ts';
import type { Aim } from './hostile/attack.ts';
import { LARGE } from './hostile/large.ts';
import { createIssuer, grantOf, type Issuer } from './issuer.ts';
import { seededRandom } from './random.ts';
import { readVolume, type RecordVolume } from './record-volume.ts';
import { type ServedProcess, startServed } from './served-process.ts';
import { writeSoakProject } from './soak-project.ts';
import { Tally } from './tally.ts';
import { createAttackers } from './traffic.ts';

export interface SoakOptions {
  readonly seed: number;
  /** Requests before memory is compared: caches fill, code is compiled, threads start. */
  readonly warmUp: number;
  /** Requests afterwards. */
  readonly requests: number;
  /** How often memory is looked at during those. */
  readonly checkpoints: number;
  /** Told of each checkpoint. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
}

export interface SoakReport {
  readonly seconds: number;
  readonly tally: Tally;
  /** All connections closed; the first is the end of the warm-up. */
  readonly checkpoints: readonly Checkpoint[];
  /** After all of it, also the good calls. */
  readonly end: Checkpoint;
  /** Requests that reached the tool server during the attacks. */
  readonly reached: number;
  /** Median time of an allowed call, one at a time. */
  readonly goodCallMs: { readonly before: number; readonly after: number };
  readonly logLines: ReadonlyMap<string, number>;
  readonly logBytes: number;
  readonly strays: readonly string[];
  readonly volume: RecordVolume;
  readonly exitCode: number | null;
  readonly drainMs: number;
}

/** Runs a guard of built files in front of a real tool server and attacks it. */
export async function runHostileSoak(options: SoakOptions): Promise<SoakReport> {
  const startedMs = performance.now();
  const issuer = createIssuer();
  await using upstream = await startToolServer();
  await using project = await writeSoakProject(upstream.url, issuer, { pinned: true });
  await using served = await startServed(project.folder);
  const aim = await takeAim(`${served.origin}/tools`, issuer);
  const before = await callMillis(aim.url, aim.tokens.good, GOOD_CALLS);
  const reachedBefore = upstream.requests;
  const tally = new Tally();
  const checkpoints = await attack(aim, served, tally, options);
  const reached = upstream.requests - reachedBefore;
  const after = await callMillis(aim.url, aim.tokens.good, GOOD_CALLS);
  const end = await takeCheckpoint(served, tally.sent);
  const drainedMs = performance.now();
  const exitCode = await served.drain();
  const { bytes: logBytes, lines: logLines, strays } = served.log;
  return {
    seconds: (performance.now() - startedMs) / 1000,
    tally,
    checkpoints,
    end,
    reached,
    goodCallMs: { before, after },
    logLines,
    logBytes,
    strays,
    volume: await readVolume(project.recordDir),
    exitCode,
    drainMs: performance.now() - drainedMs,
  };
}

const GOOD_CALLS = 200;

/** Tokens of two callers, and a live session of the first. */
async function takeAim(url: string, issuer: Issuer): Promise<Aim> {
  const narrow = { authorization_details: [grantOf({ echo: { extra_args: 'allow' } })] };
  const tokens = {
    good: issuer.token('user:good'),
    other: issuer.token('user:other'),
    narrow: issuer.token('user:narrow', narrow),
  };
  const { headers } = await openPeer(url, 'legacy', [['authorization', `Bearer ${tokens.good}`]]);
  const session = headers.find(([name]) => name === 'mcp-session-id')?.[1];
  if (session === undefined) throw new Error('the guard gave no session');
  return { url, issuer, tokens, session };
}

async function attack(aim: Aim, served: ServedProcess, tally: Tally, options: SoakOptions): Promise<Checkpoint[]> {
  const attackers = createAttackers(aim, seededRandom(options.seed), tally);
  const found: Checkpoint[] = [];
  const look = async (): Promise<void> => {
    const checkpoint = await takeCheckpoint(served, tally.sent);
    found.push(checkpoint);
    options.onCheckpoint?.(checkpoint);
  };
  // All connections bring the largest bodies at once: what the guard needs at most for that, it needs from here on.
  const largest = Math.min(MOST_LARGEST, Math.ceil(options.warmUp / 10));
  await attackers.send(largest, LARGE);
  await attackers.send(options.warmUp - largest);
  await look();
  for (let part = 0; part < options.checkpoints; part++) {
    await attackers.send(Math.ceil(options.requests / options.checkpoints));
    await look();
  }
  await attackers.finish();
  return found;
}

const MOST_LARGEST = 500;
