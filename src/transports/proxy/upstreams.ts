import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import { RetryBudget } from '../../outcome/retries/retry-budget.ts';
import type { ProxyServer, Reachable, Upstream } from './proxy-assembly.ts';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** The connections to the tool servers: each server has its own, also where two have the same address. */
export interface Upstreams {
  dispatcherFor(server: Reachable): Dispatcher;
  /** How many of its calls may be tried again. */
  budgetFor(server: Reachable): RetryBudget;
  /**
   * A connection's place for one exchange, given back when it is disposed. Waits for a short time when all are taken.
   *
   * @returns `busy` when none came free, or `signal` aborts.
   */
  enter(server: Reachable, signal: AbortSignal): Promise<Disposable | 'busy'>;
  /** Lets go of those that none of `servers` uses any more; calls in progress finish. */
  retain(servers: readonly ProxyServer[]): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Longest wait for a connection to come free, milliseconds. */
const MAX_WAIT_MS = 2000;

interface Way {
  readonly pool: Pool;
  readonly room: WaitingRoom;
  readonly budget: RetryBudget;
}

/** No dispatcher retries or follows redirects by itself: what was judged is sent to where the catalogue says. */
export function createUpstreams(): Upstreams {
  const ways = new Map<string, Way>();
  // The same object comes with each call until a reload: its key need not be made each time.
  const keys = new WeakMap<Upstream, string>();
  const wayTo = (server: Reachable): Way => {
    const key = keys.get(server.upstream) ?? keyOf(server);
    keys.set(server.upstream, key);
    const way = ways.get(key) ?? openWay(server.upstream);
    ways.set(key, way);
    return way;
  };
  return {
    dispatcherFor: (server) => wayTo(server).pool,
    budgetFor: (server) => wayTo(server).budget,
    enter: (server, signal) => wayTo(server).room.enter(signal),
    retain(servers) {
      const used = new Set(servers.map(keyOf));
      for (const [key, { pool }] of ways) {
        if (used.has(key)) continue;
        ways.delete(key);
        void pool.close();
      }
    },
    async close() {
      const closing = [...ways.values()].map(({ pool }) => pool.destroy());
      ways.clear();
      await Promise.allSettled(closing);
    },
  };
}

/** Whoever comes when the line is full is told to come back. */
function openWay(upstream: Upstream): Way {
  const { maxConnections: places, maxPending: maxWaiting } = upstream;
  const room = createWaitingRoom({ places, maxWaiting, maxWaitMs: MAX_WAIT_MS });
  return { pool: openPool(upstream), room, budget: new RetryBudget() };
}

function openPool({ url, socketPath, ca, serverName, clientCertificate, maxConnections }: Upstream): Pool {
  return new Pool(url.origin, {
    connections: maxConnections,
    pipelining: 1,
    allowH2: false,
    // An event stream may be silent for as long as it likes; its age is bounded elsewhere.
    bodyTimeout: 0,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(socketPath === undefined ? {} : { socketPath }),
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...clientCertificate,
    },
  });
}

function keyOf({ name, upstream }: Reachable): string {
  const { url, socketPath, ca, serverName, clientCertificate, maxConnections, maxPending } = upstream;
  return JSON.stringify([name, url.origin, socketPath, ca, serverName, clientCertificate, maxConnections, maxPending]);
}
