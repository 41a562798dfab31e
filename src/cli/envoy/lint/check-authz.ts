import { checkMutationRules } from './check-mutation-rules.ts';
import { isStatus503 } from './status-on-error.ts';
import { type Finding, when } from './finding.ts';
import type { Place } from './place.ts';
import { isHasty } from './timeout.ts';

const MUTATIONS = {
  open: 'authz.mutation-rules',
  ignored: 'authz.mutations-ignored',
  needed: 'authz.mutations-needed',
} as const;

/** What the ext_authz filter shows, and whether its answer holds. */
export function checkAuthz(config: Place): readonly Finding[] {
  const [failure, status, cache] = [
    config.at('failure_mode_allow'),
    config.at('status_on_error'),
    config.at('clear_route_cache'),
  ];
  const timeout = config.at('grpc_service', 'timeout');
  return [
    ...when(!failure.isOff, 'authz.failure-mode-allow', failure),
    ...when(!isStatus503(status), 'authz.status-on-error', status),
    ...checkEveryRequest(config),
    ...checkShown(config),
    ...checkBody(config.at('with_request_body')),
    ...when(!config.at('validate_mutations').isOn, 'authz.validate-mutations', config.at('validate_mutations')),
    ...checkMutationRules(config.at('decoder_header_mutation_rules'), MUTATIONS, []),
    ...when(!cache.isOff, 'authz.route-cache', cache),
    ...when(config.at('grpc_service').exists && isHasty(timeout), 'authz.timeout', timeout),
  ];
}

function checkEveryRequest(config: Place): readonly Finding[] {
  const places = ['filter_enabled', 'filter_enabled_metadata', 'shadow_mode'].map((name) => config.at(name));
  return places.flatMap((place) => when(place.exists && !place.isOff, 'authz.some-requests', place));
}

function checkShown(config: Place): readonly Finding[] {
  const hidden = ['allowed_headers', 'disallowed_headers'].map((name) => config.at(name));
  const raw = config.at('encode_raw_headers');
  return [
    ...when(!raw.isOn, 'authz.joined-headers', raw),
    ...hidden.flatMap((place) => when(place.exists, 'authz.hidden-headers', place)),
  ];
}

/** Also for the same settings of a route. */
export function checkBody(body: Place): readonly Finding[] {
  if (!body.exists) return when(true, 'authz.no-body', body);
  const [partial, bytes] = [body.at('allow_partial_message'), body.at('pack_as_bytes')];
  return [...when(!partial.isOff, 'authz.partial-body', partial), ...when(!bytes.isOn, 'authz.text-body', bytes)];
}
