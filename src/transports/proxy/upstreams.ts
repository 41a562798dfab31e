import { type Dispatcher, Pool } from 'undici';
import type { ProxyServer, Upstream } from './proxy-assembly.ts';

/** The connections to the tool servers: one dispatcher for each way to reach one. */
export interface Upstreams {
  dispatcherFor(upstream: Upstream): Dispatcher;
  /** Lets go of those that none of `servers` uses any more; calls in progress finish. */
  retain(servers: readonly ProxyServer[]): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** No dispatcher retries or follows redirects: what was judged is sent once, to where the catalogue says. */
export function createUpstreams(): Upstreams {
  const pools = new Map<string, Pool>();
  // The same object comes with each call until a reload: its key need not be made each time.
  const keys = new WeakMap<Upstream, string>();
  return {
    dispatcherFor(upstream) {
      const key = keys.get(upstream) ?? keyOf(upstream);
      keys.set(upstream, key);
      const pool = pools.get(key) ?? openPool(upstream);
      pools.set(key, pool);
      return pool;
    },
    retain(servers) {
      const used = new Set(servers.map((server) => keyOf(server.upstream)));
      for (const [key, pool] of pools) {
        if (used.has(key)) continue;
        pools.delete(key);
        void pool.close();
      }
    },
    async close() {
      const closing = [...pools.values()].map((pool) => pool.destroy());
      pools.clear();
      await Promise.allSettled(closing);
    },
  };
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

function keyOf({ url, socketPath, ca, serverName, clientCertificate, maxConnections }: Upstream): string {
  return JSON.stringify([url.origin, socketPath, ca, serverName, clientCertificate, maxConnections]);
}
