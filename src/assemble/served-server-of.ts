import type { CatalogueServer } from '../catalogue/catalogue.ts';
import type { ServerConfig } from '../catalogue/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { EnvoyServer } from '../transports/envoy/envoy-assembly.ts';
import type { ForwardAuthServer } from '../transports/forward-auth/forward-auth-assembly.ts';
import type { PassthroughConfig } from '../transports/proxy/config.ts';
import { usageTermsOf } from './usage-terms-of.ts';
import type { PassthroughRoute, ProxyServer, Upstream } from '../transports/proxy/proxy-assembly.ts';

/** A catalogued server as the built-in proxy serves it. @throws when a file of its TLS cannot be read. */
export async function proxyServerOf(server: CatalogueServer, loaded: LoadedConfig): Promise<ProxyServer> {
  const { config } = server;
  return {
    ...servedServerOf(server, loaded),
    upstream: await upstreamOf(config, loaded),
    replyTimeoutMs: config.replyTimeoutMs,
    identity: config.identity,
    retries: config.retries,
  };
}

/** A catalogued server as Envoy serves it. */
export function envoyServerOf(server: CatalogueServer, loaded: LoadedConfig): EnvoyServer {
  const { listener, waive, judgeReplies } = server.config;
  const door = loaded.config.listeners[listener];
  const unseen = door?.door === 'ext_authz' && door.replies === 'none';
  return {
    ...servedServerOf(server, loaded),
    waived: new Set(waive),
    judgeReplies: unseen ? 'never' : judgeReplies,
    retries: server.config.retries,
  };
}

/** A catalogued server as it is asked about over HTTP. */
export function askedServerOf(server: CatalogueServer, loaded: LoadedConfig): ForwardAuthServer {
  return { ...servedServerOf(server, loaded), identity: server.config.identity };
}

/** What every door knows of a server. */
function servedServerOf(
  { name, config }: CatalogueServer,
  loaded: LoadedConfig,
): Omit<EnvoyServer, 'waived' | 'judgeReplies' | 'retries'> {
  const { resource } = config;
  const issuers = loaded.config.authenticate.issuers.map(({ issuer }) => issuer);
  return {
    name,
    route: config.route,
    origins: new Set(config.origins),
    hosts: config.hosts.length === 0 ? undefined : new Set(config.hosts),
    eras: config.era,
    resource:
      resource === undefined
        ? undefined
        : { identifier: resource, authorizationServers: issuers, scopes: config.scopes },
    forwardHeaders: new Set(config.passHeaders),
    maxBodyBytes: config.maxBodyBytes,
    maxReplyBytes: config.maxReplyBytes,
    streamMaxAgeMs: config.streamMaxAgeMs,
    maxCallsPerPrincipal: config.maxCallsPerPrincipal,
  };
}

/** A plain HTTP route as the built-in proxy serves it. */
export function passthroughRouteOf(name: string, config: PassthroughConfig): PassthroughRoute {
  return {
    name,
    prefix: config.route,
    upstream: new URL(config.upstream),
    identity: config.identity,
    resource: config.resource,
    hosts: config.hosts.length === 0 ? undefined : new Set(config.hosts),
    origins: new Set(config.origins),
    maxBodyBytes: config.max_body_bytes,
    forwardHeaders: new Set(config.pass_headers),
    usage: usageTermsOf(config),
  };
}

async function upstreamOf(
  { upstream, upstreamSocket, upstreamTls, maxUpstreamConnections, maxPending }: ServerConfig,
  loaded: LoadedConfig,
): Promise<Upstream> {
  const read = async (path: string): Promise<string> => Buffer.from(await loaded.readFile(path)).toString('utf8');
  const { ca, certificate, key, serverName } = upstreamTls ?? {};
  return {
    url: new URL(upstream),
    maxConnections: maxUpstreamConnections,
    maxPending,
    ...(upstreamSocket === undefined ? {} : { socketPath: loaded.pathOf(upstreamSocket) }),
    ...(ca === undefined ? {} : { ca: await read(ca) }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertificate: { cert: await read(certificate), key: await read(key) } }),
  };
}
