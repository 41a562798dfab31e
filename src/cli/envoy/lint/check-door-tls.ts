import { inner, typed, typeOf } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import type { Place } from './place.ts';

const SHOWN = ['tls_certificates', 'tls_certificate_sds_secret_configs', 'tls_certificate_provider_instance'];
const NAMES = ['match_typed_subject_alt_names', 'match_subject_alt_names'];

/** Whether both ends of a connection to Sallyport show who they are, where it has TLS. */
export function checkDoorTls(cluster: Place): readonly Finding[] {
  const socket = cluster.at('transport_socket');
  const context = typed(socket);
  if (typeOf(context) !== 'UpstreamTlsContext') return [];
  const common = inner(context).at('common_tls_context');
  const shows = SHOWN.some((name) => common.at(name).exists);
  const validations = [
    common.at('validation_context'),
    common.at('combined_validation_context', 'default_validation_context'),
  ];
  const matchers = validations
    .flatMap((validation) => NAMES.flatMap((name) => validation.at(name).items()))
    .map(matcherIn);
  const [wide] = matchers.filter((matcher) => !matcher.at('exact').exists);
  return [
    ...when(!shows, 'cluster.no-certificate', common.exists ? common : socket),
    ...(wide === undefined ? [] : when(true, 'cluster.wide-name', wide)),
  ];
}

function matcherIn(name: Place): Place {
  return name.at('matcher').exists ? name.at('matcher') : name;
}
