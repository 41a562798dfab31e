import type { ServerConfig } from '../../catalogue/config.ts';
import { endpointOfUrl } from '../../config/loopback.ts';
import type { ProblemsError } from '../../kit/problem.ts';
import { metadataPath } from '../../transports/refusal/metadata.ts';
import type { PlannedServer, PlannedUpstream } from './file/envoy-plan.ts';

export interface PlannedServerOptions {
  /** The absolute path of a file that the configuration names. */
  readonly pathOf: (path: string) => string;
  readonly problem: (field: string, message: string, advice: string) => ProblemsError;
}

/** How long Envoy outlasts the longest life of a stream, so that Sallyport ends it with an event. Milliseconds. */
const MARGIN_MS = 60_000;

/** @throws ProblemsError when Envoy cannot forward to the server's upstream as the built-in proxy does. */
export function plannedServer(name: string, config: ServerConfig, options: PlannedServerOptions): PlannedServer {
  return {
    name,
    route: config.route,
    metadata: metadataOf(config),
    upstream: upstreamOf(config, options),
    destinations: config.destinations,
    maxBodyBytes: config.maxBodyBytes,
    maxReplyBytes: config.maxReplyBytes,
    maxConnections: config.maxUpstreamConnections,
    maxPending: config.maxPending,
    maxAgeMs: config.streamMaxAgeMs + MARGIN_MS,
    retries: config.retries,
    hasBreaker: config.breaker !== undefined,
    replyTimeoutMs: config.replyTimeoutMs,
  };
}

function metadataOf({ resource }: ServerConfig): PlannedServer['metadata'] {
  if (resource === undefined) return undefined;
  const path = metadataPath({ identifier: resource, authorizationServers: [], scopes: [] });
  return { path, host: new URL(resource).host };
}

function upstreamOf(config: ServerConfig, { pathOf, problem }: PlannedServerOptions): PlannedUpstream {
  const url = new URL(config.upstream);
  if (url.search !== '') {
    throw problem('upstream', 'Envoy cannot add a query to a path.', 'Use a URL without one, or a proxy listener.');
  }
  return {
    at:
      config.upstreamSocket === undefined ? endpointOfUrl(config.upstream) : { socket: pathOf(config.upstreamSocket) },
    authority: url.host,
    path: url.pathname,
    tls: url.protocol === 'https:' ? tlsOf(url, config.upstreamTls, pathOf) : undefined,
  };
}

function tlsOf(
  { hostname }: URL,
  tls: ServerConfig['upstreamTls'],
  pathOf: PlannedServerOptions['pathOf'],
): PlannedUpstream['tls'] {
  return {
    serverName: tls?.serverName ?? hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(tls?.ca === undefined ? {} : { ca: pathOf(tls.ca) }),
    ...(tls?.certificate === undefined ? {} : { certificate: pathOf(tls.certificate) }),
    ...(tls?.key === undefined ? {} : { key: pathOf(tls.key) }),
  };
}
