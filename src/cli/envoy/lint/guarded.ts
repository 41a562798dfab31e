import type { EnvoyView, HttpFilter, Manager } from './envoy-view.ts';
import type { Place } from './place.ts';

/** A connection manager that asks Sallyport, by one filter or by both. */
export interface Guarded extends Manager {
  readonly authz: HttpFilter | undefined;
  readonly proc: HttpFilter | undefined;
}

/** Which filters are Sallyport's: those that ask `cluster`, or, without it, all of the two types. */
export interface Doors {
  readonly cluster: string | undefined;
}

export function guardedIn({ managers }: EnvoyView, doors: Doors): readonly Guarded[] {
  return managers.flatMap((manager) => {
    const [authz, proc] = [own(manager, 'ExtAuthz', doors), own(manager, 'ExternalProcessor', doors)];
    return authz === undefined && proc === undefined ? [] : [{ ...manager, authz, proc }];
  });
}

function own({ filters }: Manager, type: string, { cluster }: Doors): HttpFilter | undefined {
  return filters.find((filter) => filter.type === type && (cluster === undefined || askedBy(filter) === cluster));
}

/** The cluster that a filter asks. */
export function askedBy({ config }: HttpFilter): string | undefined {
  return config.at('grpc_service', 'envoy_grpc', 'cluster_name').text;
}

/** The filters of Sallyport in a manager. */
export function doorsOf({ authz, proc }: Guarded): readonly HttpFilter[] {
  return [authz, proc].filter((filter) => filter !== undefined);
}

/** Whether ext_proc decides alone. */
export function isInspect({ authz }: Guarded): boolean {
  return authz === undefined;
}

/** A route with what stands around it. */
export interface RouteEntry {
  readonly route: Place;
  /** From the outermost to the route itself: where settings of filters may stand. */
  readonly around: readonly Place[];
}

/** The routes of a manager, as far as they are in the file. */
export function routesOf({ config }: Manager): readonly RouteEntry[] {
  const routes = config.at('route_config');
  return routes
    .at('virtual_hosts')
    .items()
    .flatMap((host) =>
      host
        .at('routes')
        .items()
        .map((route) => ({ route, around: [routes, host, route] })),
    );
}

/** Whether a route forwards to a tool server. */
export function isForwarding({ route }: RouteEntry): boolean {
  return route.at('route').exists;
}
