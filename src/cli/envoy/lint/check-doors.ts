import type { EnvoyView, Manager } from './envoy-view.ts';
import { type Finding, finding, when } from './finding.ts';
import { doorsOf, type Guarded, routesOf } from './guarded.ts';

/** Whether everything that should ask Sallyport does. */
export function checkDoors(view: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  return [
    ...when(guarded.length === 0, 'door.none', view.root),
    ...checkBypass(view, guarded),
    ...guarded.flatMap((manager) => doorsOf(manager).flatMap(({ entry, config }) => checkDoor(entry, config))),
    ...checkDynamic(view, guarded),
  ];
}

function checkDoor(entry: Guarded['config'], config: Guarded['config']): readonly Finding[] {
  return [
    ...when(!entry.at('disabled').isOff, 'door.off', entry.at('disabled')),
    ...when(!entry.at('is_optional').isOff, 'door.optional', entry.at('is_optional')),
    ...when(config.at('http_service').exists, 'door.http', config.at('http_service')),
  ];
}

/** Managers that ask nobody and lead where a guarded one does. */
function checkBypass({ managers }: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  const behind = new Set(guarded.flatMap(clustersOf));
  return managers
    .filter((manager) => !guarded.some((one) => one.config.isSame(manager.config)))
    .filter((manager) => clustersOf(manager).some((cluster) => behind.has(cluster)))
    .map((manager) => finding('door.bypass', manager.config));
}

function clustersOf(manager: Manager): readonly string[] {
  return routesOf(manager).flatMap(({ route }) => {
    const weighted = route.at('route', 'weighted_clusters', 'clusters').items();
    const names = [route.at('route', 'cluster'), ...weighted.map((part) => part.at('name'))];
    return names.flatMap(({ text }) => (text === undefined ? [] : [text]));
  });
}

function checkDynamic({ root }: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  const dynamic = ['lds_config', 'cds_config'].map((name) => root.at('dynamic_resources', name));
  const places = [
    ...dynamic,
    ...guarded.flatMap(({ config, filters }) => [
      config.at('rds'),
      config.at('scoped_routes'),
      ...filters.map(({ entry }) => entry.at('config_discovery')),
    ]),
    ...guarded.flatMap(({ config }) => config.at('route_config', 'vhds')),
  ];
  return places.filter(({ exists }) => exists).map((place) => finding('door.dynamic', place));
}
