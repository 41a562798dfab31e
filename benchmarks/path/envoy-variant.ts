import { parse } from 'yaml';
import type { Wiring } from '../../test/e2e/carriers.ts';
import { shippedFile } from '../../test/envoy/render-envoy.ts';

/** What stands in front of the tool server. */
export type EnvoyVariant =
  /** A shipped file. */
  | Wiring
  /** Its listener and nothing in it: no filter, no access log. */
  | 'nothing'
  /** The ext_authz filter of `authorize` alone: no access log, no ext_proc behind a matcher, nothing that counts bodies. */
  | 'ext_authz alone';

export interface EnvoyPlacesInBenchmark {
  readonly socket: string;
  readonly admin: string;
  readonly upstreamPort: number;
}

interface Filter {
  readonly name: string;
}

interface Manager {
  http_filters: Filter[];
  access_log: unknown[];
  readonly route_config: {
    readonly virtual_hosts: readonly { readonly routes: readonly { typed_per_filter_config?: unknown }[] }[];
  };
}

interface Bootstrap {
  readonly static_resources: {
    listeners: {
      readonly name: string;
      readonly filter_chains: readonly { readonly filters: readonly { readonly typed_config: Manager }[] }[];
    }[];
  };
}

const KEPT: Readonly<Record<Exclude<EnvoyVariant, Wiring>, readonly string[]>> = {
  'nothing': ['envoy.filters.http.router'],
  'ext_authz alone': ['envoy.filters.http.ext_authz', 'envoy.filters.http.router'],
};

/** The text of an Envoy configuration, on any free port, without the listener with TLS. */
export function envoyText(variant: EnvoyVariant, { socket, admin, upstreamPort }: EnvoyPlacesInBenchmark): string {
  const shipped = variant === 'inspect' || variant === 'authorize';
  const bootstrap = parse(shippedFile(shipped ? variant : 'authorize'), { maxAliasCount: -1 }) as Bootstrap;
  const resources = bootstrap.static_resources;
  resources.listeners = resources.listeners.filter(({ name }) => name === 'agents');
  if (!shipped) strip(managerOf(bootstrap), KEPT[variant]);
  const places: readonly (readonly [string, string])[] = [
    ['/run/sallyport-envoy/admin.sock', admin],
    ['/run/sallyport/envoy.sock', socket],
    ['"port_value":8800', '"port_value":0'],
    ['"port_value":3001', `"port_value":${upstreamPort}`],
    ['127.0.0.1:3001', `127.0.0.1:${upstreamPort}`],
  ];
  return places.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`envoy/${variant}.yaml has no ${from}`);
    return text.replaceAll(from, to);
  }, JSON.stringify(bootstrap));
}

function managerOf({ static_resources: { listeners } }: Bootstrap): Manager {
  const manager = listeners[0]?.filter_chains[0]?.filters[0]?.typed_config;
  if (manager === undefined) throw new Error('no listener with a connection manager');
  return manager;
}

function strip(manager: Manager, kept: readonly string[]): void {
  manager.http_filters = manager.http_filters.filter(({ name }) => kept.includes(name));
  if (manager.http_filters.length !== kept.length) throw new Error(`filters are missing of ${kept.join(', ')}`);
  manager.access_log = [];
  if (kept.includes('envoy.filters.http.ext_authz')) return;
  for (const { routes } of manager.route_config.virtual_hosts) {
    for (const route of routes) delete route.typed_per_filter_config;
  }
}
