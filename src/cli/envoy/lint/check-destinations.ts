import { chainsOf, type EnvoyView, inner, typed, typeOf } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import { type Guarded, isForwarding, routesOf } from './guarded.ts';
import type { Place } from './place.ts';

const CLUSTER_TYPES = ['STATIC', 'STRICT_DNS', 'LOGICAL_DNS', 'EDS', 'ORIGINAL_DST'];

/** Whether what agents dialled is what Envoy and Sallyport take it for. */
export function checkDestinations(view: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  const listeners = distinct(guarded.flatMap((manager) => manager.listeners));
  return [...listeners.flatMap(checkListener), ...toolClusters(view, guarded).flatMap(checkCluster)];
}

/** Whether a manager's listeners all restore what was dialled before a redirect. */
export function restoresDestination({ listeners }: Guarded): boolean {
  return listeners.length > 0 && listeners.every((listener) => filterOf(listener, 'OriginalDst') !== undefined);
}

function checkListener(listener: Place): readonly Finding[] {
  const proxied = filterOf(listener, 'ProxyProtocol');
  const restored = filterOf(listener, 'OriginalDst') !== undefined || listener.at('transparent').isOn;
  const matches = chainsOf(listener).map((chain) => chain.at('filter_chain_match'));
  const [dialled] = matches.filter((match) =>
    ['destination_port', 'prefix_ranges'].some((name) => match.at(name).exists),
  );
  return [
    ...(proxied === undefined ? [] : when(true, 'listener.proxy-protocol', proxied)),
    ...(dialled === undefined ? [] : when(!restored, 'listener.destination', dialled)),
  ];
}

function filterOf(listener: Place, type: string): Place | undefined {
  return listener
    .at('listener_filters')
    .items()
    .find((filter) => typeOf(typed(filter)) === type);
}

function toolClusters({ clusters }: EnvoyView, guarded: readonly Guarded[]): readonly Place[] {
  const names = new Set(
    guarded
      .flatMap(routesOf)
      .filter(isForwarding)
      .map(({ route }) => route.at('route', 'cluster').text),
  );
  return clusters.filter((cluster) => names.has(cluster.at('name').text));
}

function checkCluster(cluster: Place): readonly Finding[] {
  if (cluster.at('type').name(CLUSTER_TYPES) !== 'ORIGINAL_DST') return [];
  const chosen = inner(cluster.at('original_dst_lb_config')).at('use_http_header');
  return [
    ...when(!chosen.isOff, 'cluster.chosen-by-agent', chosen),
    ...when(chosen.isOff, 'cluster.original-destination', cluster.at('type')),
  ];
}

function distinct(places: readonly Place[]): readonly Place[] {
  return places.filter((place, index) => places.findIndex((other) => other.isSame(place)) === index);
}
