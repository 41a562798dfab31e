import type { RunningEnvoy } from '../../envoy/start-envoy.ts';

/** What Envoy counted since its start, of its streams and connections to Sallyport. */
export interface EnvoyCounters {
  /** Streams of ext_proc. */
  readonly started: number;
  readonly closed: number;
  readonly failed: number;
  /** Streams that Envoy reset, of whatever kind. */
  readonly reset: number;
  /** Connections that were made, but for those of health checks. */
  readonly connections: number;
  /** Connections that ended while something was asked on them, that ended with a protocol error, or that could not be made. */
  readonly broken: number;
}

const CONNECTIONS = 'cluster.sallyport.upstream_cx_';
const BROKEN = ['destroy_with_active_rq', 'protocol_error', 'connect_fail', 'close_notify'];
const EXT_PROC = 'http.agents.ext_proc.';

/** @throws when Envoy no longer counts one of these: a zero would mean nothing. */
export async function readEnvoyCounters(envoy: RunningEnvoy): Promise<EnvoyCounters> {
  const stats = await envoy.stats('');
  const count = (name: string): number => {
    const found = stats.get(name);
    if (found === undefined) throw new Error(`Envoy has no counter ${name}`);
    return found;
  };
  return {
    started: count(`${EXT_PROC}streams_started`),
    closed: count(`${EXT_PROC}streams_closed`),
    failed: count(`${EXT_PROC}streams_failed`),
    reset: count('cluster.sallyport.http2.tx_reset'),
    connections: count(`${CONNECTIONS}total`),
    broken: BROKEN.reduce((sum, name) => sum + count(`${CONNECTIONS}${name}`), 0),
  };
}
