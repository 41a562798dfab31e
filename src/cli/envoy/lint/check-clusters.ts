import { type EnvoyView, inner, typed, typeOf } from './envoy-view.ts';
import { checkDoorTls } from './check-door-tls.ts';
import { type Finding, finding, when } from './finding.ts';
import { takesUntrusted } from './check-tls.ts';
import { askedBy, doorsOf, type Guarded, isForwarding, routesOf } from './guarded.ts';
import type { Place } from './place.ts';

/** Open requests that are too few for event streams. */
const FEW_REQUESTS = 10_000;
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** How Sallyport and the tool servers are reached. */
export function checkClusters(view: EnvoyView, guarded: readonly Guarded[]): readonly Finding[] {
  const asked = clusters(
    view,
    guarded.flatMap(doorsOf).flatMap((door) => [[door.config, askedBy(door)] as const]),
  );
  const tools = clusters(
    view,
    guarded
      .flatMap(routesOf)
      .filter(isForwarding)
      .map(({ route }) => [route, route.at('route', 'cluster').text] as const),
  );
  return [
    ...asked.unknown,
    ...tools.unknown,
    ...asked.found.flatMap((cluster) => [...checkSallyport(cluster), ...checkDoorTls(cluster)]),
    ...[...asked.found, ...tools.found].flatMap(checkVerified),
  ];
}

interface Found {
  readonly found: readonly Place[];
  readonly unknown: readonly Finding[];
}

/** The clusters of these names, each once; and the names that are none. */
function clusters({ clusters: all, root }: EnvoyView, names: readonly (readonly [Place, string | undefined])[]): Found {
  const elsewhere = root.at('dynamic_resources', 'cds_config').exists;
  const known = new Map(all.map((cluster) => [cluster.at('name').text, cluster]));
  const wanted = new Map(names.flatMap(([place, name]) => (name === undefined ? [] : [[name, place] as const])));
  const found = [...wanted.keys()].map((name) => known.get(name)).filter((cluster) => cluster !== undefined);
  const missing = elsewhere ? [] : [...wanted].filter(([name]) => !known.has(name));
  return { found, unknown: missing.map(([, place]) => finding('cluster.unknown', place)) };
}

function checkSallyport(cluster: Place): readonly Finding[] {
  const overTcp = addressesOf(cluster).some((address) => !address.at('pipe').exists);
  const dynamic = addressesOf(cluster).length === 0;
  const breakers = cluster.at('circuit_breakers', 'thresholds');
  const requests = breakers.items().map((threshold) => threshold.at('max_requests').number ?? 0);
  const enough = requests.length > 0 && requests.every((number) => number >= FEW_REQUESTS);
  const secured = typeOf(typed(cluster.at('transport_socket'))) === 'UpstreamTlsContext';
  return [
    ...when((overTcp || dynamic) && !secured, 'cluster.cleartext', cluster),
    ...when(!speaksHttp2(cluster), 'cluster.http1', cluster),
    ...when(!enough, 'cluster.few-requests', breakers),
  ];
}

function addressesOf(cluster: Place): readonly Place[] {
  return cluster
    .at('load_assignment', 'endpoints')
    .items()
    .flatMap((group) => group.at('lb_endpoints').items())
    .map((endpoint) => endpoint.at('endpoint', 'address'));
}

function speaksHttp2(cluster: Place): boolean {
  const options = inner(cluster.at('typed_extension_protocol_options', HTTP_OPTIONS));
  const explicit = options.at('explicit_http_config', 'http2_protocol_options').exists;
  return explicit || options.at('auto_config').exists || cluster.at('http2_protocol_options').exists;
}

function checkVerified(cluster: Place): readonly Finding[] {
  const socket = cluster.at('transport_socket');
  const context = typed(socket);
  if (typeOf(context) !== 'UpstreamTlsContext') return [];
  const common = inner(context).at('common_tls_context');
  const served = ['validation_context_sds_secret_config', 'combined_validation_context'];
  if (served.some((name) => common.at(name).exists)) return [];
  const validation = common.at('validation_context');
  const names = [
    'match_typed_subject_alt_names',
    'match_subject_alt_names',
    'verify_certificate_hash',
    'verify_certificate_spki',
  ];
  const authority = ['trusted_ca', 'system_root_certs'].some((name) => validation.at(name).exists);
  const named = names.some((name) => validation.at(name).exists) || inner(context).at('auto_sni_san_validation').isOn;
  const verified = authority && named && !takesUntrusted(validation);
  return when(!verified, 'cluster.unverified', validation.exists ? validation : socket);
}
