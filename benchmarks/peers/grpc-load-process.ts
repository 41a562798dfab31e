/**
 * The load generator for gRPC, a process of its own: its CPU time is nobody's. Gets one command after the other from its parent,
 * makes that many exchanges, and says how long it took. A wrong answer ends it.
 */
import { asHeaderMap } from './as-header-map.ts';
import { type GrpcConnection, openConnection } from './grpc-connection.ts';
import { type Expected, Exchanges } from './exchange.ts';
import { serveLoads } from './load-generator.ts';
import { LogStream } from './log-stream.ts';
import { type Recorded, readRecorded } from './recorded.ts';
import type { Workload } from './workload.ts';

/** One round of calls. */
export interface GrpcLoad {
  readonly socket: string;
  /** How the headers of the agent's request are shown. */
  readonly headers: 'list' | 'map';
  readonly workload: Workload;
  readonly expected: Expected;
  readonly token: string;
  /** As many as needed, none used before. */
  readonly freshTokens: readonly string[];
  readonly calls: number;
  readonly connections: number;
  /** Calls in progress on each connection. */
  readonly streams: number;
}

const recorded = await readRecorded();
const mapped: Recorded = { ...recorded, checks: mapHeaders(recorded.checks) };
/** What the connection says by itself. */
const OWN = new Set(['te', 'grpc-timeout', 'content-type']);
const headers = Object.fromEntries(Object.entries(recorded.metadata).filter(([name]) => !OWN.has(name)));
/** Time without any progress after which a run is given up. */
const STUCK_MS = 15_000;
/** By socket. */
const connections = new Map<string, Promise<readonly Open[]>>();

interface Open {
  readonly connection: GrpcConnection;
  readonly logs: LogStream;
}

serveLoads(run);

/** @returns Seconds it took. */
async function run(load: GrpcLoad): Promise<number> {
  const opened = await connectionsTo(load);
  const { workload, expected, token, freshTokens } = load;
  let nextFresh = 0;
  const freshToken = (): string => {
    const fresh = freshTokens[nextFresh++];
    if (fresh === undefined) throw new Error('not enough fresh tokens');
    return fresh;
  };
  const beganMs = performance.now();
  let left = load.calls;
  const all: Exchanges[] = [];
  const work = opened.map(async ({ connection, logs }) => {
    const exchanges = new Exchanges(connection, logs, {
      recorded: load.headers === 'map' ? mapped : recorded,
      workload,
      expected,
      token,
      freshToken,
    });
    all.push(exchanges);
    await Promise.all(
      Array.from({ length: load.streams }, async () => {
        while (left-- > 0) await exchanges.once();
      }),
    );
  });
  await Promise.race([Promise.all(work), stuck(all, load.calls)]);
  return (performance.now() - beganMs) / 1000;
}

/** Rejects when nothing goes on any more. */
function stuck(exchanges: readonly Exchanges[], calls: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  let before = 0;
  const timer = setInterval(() => {
    const now = exchanges.reduce((sum, { finished }) => sum + finished, 0);
    if (now === calls) return clearInterval(timer);
    if (now === before) reject(new Error(`stuck: ${JSON.stringify(exchanges.map(({ waiting }) => waiting))}`));
    before = now;
  }, STUCK_MS);
  return promise;
}

function connectionsTo({ socket, connections: count }: GrpcLoad): Promise<readonly Open[]> {
  const known = connections.get(socket) ?? Promise.all(Array.from({ length: count }, () => open(socket)));
  connections.set(socket, known);
  return known;
}

async function open(socket: string): Promise<Open> {
  const connection = await openConnection(socket, headers);
  return { connection, logs: new LogStream(connection, recorded) };
}

function mapHeaders({ allow, deny, large, list }: Recorded['checks']): Recorded['checks'] {
  return { allow: asHeaderMap(allow), deny: asHeaderMap(deny), large: asHeaderMap(large), list: asHeaderMap(list) };
}
