import { setTimeout } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { rawRequest } from '../attacks/raw-request.ts';
import { type CountedUpstream, startSessionServer } from './counted-upstream.ts';
import { createIssuer, type Issuer } from './issuer.ts';
import { type Memory, type ServedProcess, startServed } from './served-process.ts';
import { writeSoakProject } from './soak-project.ts';

export interface FloodOptions {
  /** Calls before the first flood. */
  readonly warmUp: number;
  /** Calls of each flood. */
  readonly requests: number;
  /** Of each flood: among how many callers its calls are shared. */
  readonly callers: readonly number[];
  /** Told of each flood. */
  readonly onFlood?: (flood: Flood) => void;
}

/** What one flood of `initialize` did to a guard. */
export interface Flood {
  readonly callers: number;
  readonly requests: number;
  /** Sessions that the guard gave out. */
  readonly opened: number;
  /** Calls refused with `session.too-many`. */
  readonly tooMany: number;
  /** Calls answered with anything else. */
  readonly otherwise: readonly string[];
  /** `initialize` requests that reached the tool server. */
  readonly reached: number;
  readonly before: Memory;
  readonly after: Memory;
  readonly seconds: number;
}

/** `max_sessions_per_principal` where nothing is configured. */
export const SESSIONS_EACH = 100;
const AT_ONCE = 16;
const MAX_SHOWN = 5;

/** Floods a guard of built files with `initialize`, once for each number of callers, and says what is left of it in memory. */
export async function runInitializeFloods({ warmUp, requests, callers, onFlood }: FloodOptions): Promise<Flood[]> {
  const issuer = createIssuer();
  await using upstream = await startSessionServer();
  await using project = await writeSoakProject(upstream.url, issuer, { pinned: false });
  await using served = await startServed(project.folder);
  const bench = { issuer, upstream, served };
  await flood(bench, { requests: warmUp, callers: warmUp / SESSIONS_EACH, name: 'warm' });
  const floods: Flood[] = [];
  for (const [index, count] of callers.entries()) {
    const done = await flood(bench, { requests, callers: count, name: `flood-${index}` });
    floods.push(done);
    onFlood?.(done);
  }
  await served.drain();
  return floods;
}

interface Bench {
  readonly issuer: Issuer;
  readonly upstream: CountedUpstream;
  readonly served: ServedProcess;
}

interface Wish {
  readonly requests: number;
  readonly callers: number;
  /** Told apart from the callers of other floods. */
  readonly name: string;
}

async function flood({ issuer, upstream, served }: Bench, { requests, callers, name }: Wish): Promise<Flood> {
  const url = `${served.origin}/tools`;
  const tokens = Array.from({ length: callers }, (_, caller) => issuer.token(`user:${name}-${caller}`));
  const reachedBefore = upstream.requests;
  const before = await served.collected();
  const startedMs = performance.now();
  const answers = await initializeAll(url, tokens, requests);
  const seconds = (performance.now() - startedMs) / 1000;
  await setTimeout(SETTLE_MS);
  return {
    ...answers,
    callers,
    requests,
    reached: upstream.requests - reachedBefore,
    before,
    after: await served.collected(),
    seconds,
  };
}

const SETTLE_MS = 400;

async function initializeAll(
  url: string,
  tokens: readonly string[],
  requests: number,
): Promise<Pick<Flood, 'opened' | 'tooMany' | 'otherwise'>> {
  let [next, opened, tooMany] = [0, 0, 0];
  const otherwise: string[] = [];
  const caller = async (): Promise<void> => {
    using connection = await RawConnection.open(url);
    while (next < requests) {
      const token = tokens[next++ % tokens.length] ?? '';
      const answer = await connection.exchange(initialize(url, token), 20_000);
      if (answer.kind === 'reply' && answer.status === 200 && answer.headers.has('mcp-session-id')) opened += 1;
      else if (answer.kind === 'reply' && answer.status === 503 && answer.body.includes('session.too-many'))
        tooMany += 1;
      else if (otherwise.length < MAX_SHOWN) otherwise.push(JSON.stringify(answer));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return { opened, tooMany, otherwise };
}

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'flood', version: '1.0.0' } },
});

function initialize(url: string, token: string): Uint8Array {
  const peer: Peer = { era: 'legacy', url, headers: [['authorization', `Bearer ${token}`]] };
  return rawRequest(peer, { body: BODY });
}
