/** The load generator for HTTP, a process of its own. An allow in place of a refusal, or the other way round, ends a run. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { serveLoads } from '../peers/load-generator.ts';

/** One round of calls to one URL. */
export interface HttpLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the tool server's reply is expected, or a refusal. */
  readonly verdict: 'allow' | 'deny';
  readonly pace: Pace;
}

export type Pace =
  /** So many in progress all the time. */
  | { readonly kind: 'closed'; readonly calls: number; readonly atOnce: number }
  /** So many begun a second, whatever becomes of them. */
  | { readonly kind: 'open'; readonly perSecond: number; readonly seconds: number };

/** How long calls took, milliseconds, from when they were due. */
export interface Latencies {
  readonly calls: number;
  /** Calls that got no verdict: status 500 and above. They count in the times. */
  readonly failed: number;
  readonly least: number;
  readonly p50: number;
  readonly p99: number;
}

const CONNECTIONS = 64;
/** A timer that is later than this was held up by the machine: the call counts from when it was due. */
const TIMER_MS = 2;
interface Tally {
  readonly took: number[];
  failed: number;
}

const pools = new Map<string, Pool>();

serveLoads(async (load: HttpLoad): Promise<Latencies> => {
  const tally: Tally = { took: [], failed: 0 };
  if (load.pace.kind === 'closed') await closed(load, load.pace, tally);
  else await open(load, load.pace, tally);
  const { took, failed } = tally;
  took.sort((a, b) => a - b);
  const at = (part: number): number => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN;
  return { calls: took.length, failed, least: at(0), p50: at(0.5), p99: at(0.99) };
});

async function closed(
  load: HttpLoad,
  { calls, atOnce }: Extract<Pace, { kind: 'closed' }>,
  tally: Tally,
): Promise<void> {
  let left = calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) await call(load, performance.now(), tally);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

async function open(
  load: HttpLoad,
  { perSecond, seconds }: Extract<Pace, { kind: 'open' }>,
  tally: Tally,
): Promise<void> {
  const begun = performance.now();
  const calls: Promise<void>[] = [];
  const all = perSecond * seconds;
  while (calls.length < all) {
    const now = performance.now();
    for (let due = dueAt(calls.length); due <= now && calls.length < all; due = dueAt(calls.length)) {
      calls.push(call(load, now - due > TIMER_MS ? due : now, tally));
    }
    await pause(1);
  }
  await Promise.all(calls);

  function dueAt(index: number): number {
    return begun + (index / perSecond) * 1000;
  }
}

async function call({ url, headers, body, verdict }: HttpLoad, fromMs: number, tally: Tally): Promise<void> {
  const { origin, pathname } = new URL(url);
  const pool = poolOf(origin);
  const { statusCode, body: reply } = await pool.request({ path: pathname, method: 'POST', headers, body });
  const text = await reply.text();
  tally.took.push(performance.now() - fromMs);
  if (statusCode >= 500) {
    tally.failed += 1;
    return;
  }
  const served = statusCode === 200 && text.includes('"isError":false');
  if (served !== (verdict === 'allow')) throw new Error(`${statusCode}, which is no ${verdict}: ${text.slice(0, 400)}`);
}

function poolOf(origin: string): Pool {
  const known = pools.get(origin) ?? new Pool(origin, { connections: CONNECTIONS });
  pools.set(origin, known);
  return known;
}
