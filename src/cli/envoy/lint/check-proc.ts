import { EXT_AUTHZ, EXT_PROC } from '../file/filter-names.ts';
import { restoresDestination } from './check-destinations.ts';
import { checkMutationRules } from './check-mutation-rules.ts';
import { isLengthOnly } from './check-order.ts';
import { verifies } from './check-tls.ts';
import { chainsOf, type HttpFilter, inner, typed } from './envoy-view.ts';
import { type Finding, when } from './finding.ts';
import { type Guarded, isInspect } from './guarded.ts';
import type { Place } from './place.ts';
import { isStatus503 } from './status-on-error.ts';
import { isHasty } from './timeout.ts';

const MUTATIONS = {
  open: 'proc.mutation-rules',
  ignored: 'proc.mutations-ignored',
  needed: 'proc.mutations-needed',
} as const;
const HEADER_MODES = ['DEFAULT', 'SEND', 'SKIP'];
const BODY_MODES = ['NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED', 'GRPC'];
const ROUTE_CACHE = ['DEFAULT', 'CLEAR', 'RETAIN'];

/** What the ext_proc filter shows, and whether its answers hold. */
export function checkProc(guarded: Guarded, { config, entry }: HttpFilter): readonly Finding[] {
  const [failure, status, rules] = [
    config.at('failure_mode_allow'),
    config.at('status_on_error'),
    config.at('mutation_rules'),
  ];
  const watching = ['observability_mode', 'disable_immediate_response'].map((name) => config.at(name));
  return [
    ...when(!failure.isOff, 'proc.failure-mode-allow', failure),
    ...when(!isStatus503(status), 'proc.status-on-error', status),
    ...watching.flatMap((place) => when(!place.isOff, 'proc.only-watches', place)),
    ...when(config.at('forward_rules').exists, 'proc.hidden-headers', config.at('forward_rules')),
    ...checkMutationRules(rules, MUTATIONS, ['content-length']),
    ...checkModes(config.at('processing_mode')),
    ...checkOverride(config),
    ...checkLength(guarded, entry, config),
    ...checkTimes(config),
    ...checkMetadata(guarded, config),
    ...checkAttributes(guarded, config.at('request_attributes')),
  ];
}

function checkModes(mode: Place): readonly Finding[] {
  const headers = ['request_header_mode', 'response_header_mode'].map((name) => mode.at(name));
  const bodies = ['request_body_mode', 'response_body_mode'].map((name) => mode.at(name));
  const trailers = mode.at('request_trailer_mode');
  return [
    ...headers.flatMap((place) => when(place.name(HEADER_MODES) === 'SKIP', 'proc.headers', place)),
    ...bodies.flatMap((place) => when(place.name(BODY_MODES) !== 'BUFFERED', 'proc.bodies', place)),
    ...when(trailers.name(HEADER_MODES) !== 'SEND', 'proc.trailers', trailers),
  ];
}

function checkOverride(config: Place): readonly Finding[] {
  const allowed = config.at('allow_mode_override');
  const against = [config.at('allowed_override_modes'), config.at('send_body_without_waiting_for_header_response')];
  return [
    ...when(!allowed.isOn, 'proc.mode-override', allowed),
    ...against.flatMap((place) => when(place.exists && !place.isOff, 'proc.mode-override', place)),
  ];
}

function checkLength({ filters }: Guarded, entry: Place, config: Place): readonly Finding[] {
  const behind = filters.slice(filters.findIndex((filter) => filter.entry.isSame(entry)) + 1);
  const removes = behind.findIndex(isLengthOnly);
  const counted = removes !== -1 && behind.slice(removes).some(({ type }) => type === 'Buffer');
  const kept = config.at('allow_content_length_header');
  return [...when(!counted, 'proc.length', entry), ...when(!kept.isOff, 'proc.length-header', kept)];
}

function checkTimes(config: Place): readonly Finding[] {
  const [message, stream] = [config.at('message_timeout'), config.at('grpc_service', 'timeout')];
  const cache = config.at('route_cache_action');
  return [
    ...when(isHasty(message), 'proc.message-timeout', message),
    ...when(stream.exists && stream.milliseconds !== 0, 'proc.stream-timeout', stream),
    ...when(cache.name(ROUTE_CACHE) === 'CLEAR', 'proc.route-cache', cache),
  ];
}

function checkMetadata(guarded: Guarded, config: Place): readonly Finding[] {
  const options = config.at('metadata_options');
  const forwarded = options.at('forwarding_namespaces', 'untyped');
  const received = options.at('receiving_namespaces', 'untyped');
  return [
    ...when(!isInspect(guarded) && !textsOf(forwarded).includes(EXT_AUTHZ), 'proc.metadata', forwarded),
    ...when(!textsOf(received).includes(EXT_PROC), 'proc.verdict', received),
  ];
}

function checkAttributes(guarded: Guarded, attributes: Place): readonly Finding[] {
  if (!isInspect(guarded)) return [];
  const names = textsOf(attributes);
  const contexts = guarded.listeners.flatMap(chainsOf).map((chain) => inner(typed(chain.at('transport_socket'))));
  const hidden = contexts.some(verifies) && !names.includes('connection.peer_certificate');
  const restores = restoresDestination(guarded);
  return [
    ...when(!names.includes('xds.route_name') && !restores, 'proc.route-name', attributes),
    ...when(restores && !names.includes('destination.address'), 'proc.destination', attributes),
    ...when(hidden, 'proc.certificate', attributes),
  ];
}

function textsOf(list: Place): readonly (string | undefined)[] {
  return list.items().map(({ text }) => text);
}
