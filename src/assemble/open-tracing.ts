import type { Catalogue, CatalogueServer } from '../catalogue/catalogue.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kit/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing/open-tracing.ts';
import type { TracedRoute } from '../telemetry/tracing/call-trace.ts';
import type { TracedServer } from '../telemetry/tracing/trace-book.ts';
import type { PassthroughConfig } from '../transports/proxy/config.ts';

export interface TracingParts {
  readonly version: string;
  readonly metrics: Metrics;
  /** The catalogue in force; `undefined` before the first one is. */
  readonly catalogue: () => Catalogue | undefined;
  /** The plain HTTP routes in force. */
  readonly routes: () => Config['passthrough'] | undefined;
}

/** Begins to trace, where the configuration says so. Only then what speaks to a collector is loaded. */
export async function openTracing(config: Config, parts: TracingParts): Promise<Tracing | undefined> {
  const { tracing, service_name: name, environment } = config.telemetry;
  if (tracing === undefined) return undefined;
  const { version, metrics, catalogue, routes } = parts;
  const { openTracing: open } = await import('../telemetry/tracing/open-tracing.ts');
  const known = new WeakMap<CatalogueServer, TracedServer>();
  return await open({
    config: tracing,
    service: { name, version, environment },
    clock: systemClock,
    metrics: metrics.traceMetrics(),
    serverOf(server) {
      const catalogued = catalogue()?.servers.get(server);
      if (catalogued === undefined) return undefined;
      const traced = known.get(catalogued) ?? tracedServerOf(catalogued, config);
      known.set(catalogued, traced);
      return traced;
    },
    routeOf(route) {
      const all = routes();
      const found = all !== undefined && Object.hasOwn(all, route) ? all[route] : undefined;
      return found === undefined ? undefined : tracedRouteOf(route, found);
    },
  });
}

function tracedServerOf({ config }: CatalogueServer, { listeners }: Config): TracedServer {
  const listener = listeners[config.listener];
  const carriedByEnvoy = listener?.door === 'ext_authz' || listener?.door === 'ext_proc';
  const hasAccessLog = listener?.door === 'ext_proc' || (carriedByEnvoy && listener.outcomes === 'access_log');
  return {
    trustTrace: config.trustTrace,
    upstream: config.upstreamSocket ?? new URL(config.upstream).host,
    triesAreTold: hasAccessLog,
  };
}

function tracedRouteOf(
  name: string,
  { route: prefix, upstream, usage: provider, serves, trust_trace: trustTrace }: PassthroughConfig,
): TracedRoute {
  const behind = provider === undefined ? serves : 'model';
  return { name, prefix, serves: behind, provider, upstream: new URL(upstream).host, trustTrace };
}
