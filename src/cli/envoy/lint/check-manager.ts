import { EXT_AUTHZ, EXT_PROC } from '../file/filter-names.ts';
import { type Finding, when } from './finding.ts';
import type { Guarded } from './guarded.ts';
import type { Place } from './place.ts';

const CERTIFICATE_MODES = ['SANITIZE', 'FORWARD_ONLY', 'APPEND_FORWARD', 'SANITIZE_SET', 'ALWAYS_FORWARD_ONLY'];
const SLASH_ACTIONS = ['IMPLEMENTATION_SPECIFIC_DEFAULT', 'KEEP_UNCHANGED', 'REJECT_REQUEST'];
const UNDERSCORE_ACTIONS = ['ALLOW', 'REJECT_REQUEST', 'DROP_HEADER'];

/** How the connection manager itself treats agents. */
export function checkManager({ config }: Guarded): readonly Finding[] {
  const remote = config.at('use_remote_address');
  const hops = config.at('xff_num_trusted_hops');
  const details = config.at('forward_client_cert_details');
  const whole = config.at('set_current_client_cert_details', 'cert');
  const underscores = config.at('common_http_protocol_options', 'headers_with_underscores_action');
  return [
    ...when(!remote.isOn, 'manager.remote-address', remote),
    ...when(hops.exists && hops.number !== 0, 'manager.trusted-hops', hops),
    ...checkInternal(config.at('internal_address_config')),
    ...when(config.at('upgrade_configs').exists, 'manager.upgrades', config.at('upgrade_configs')),
    ...when(!isSanitized(details), 'manager.client-certificates', details),
    ...when(details.name(CERTIFICATE_MODES) === 'SANITIZE_SET' && !whole.isOn, 'manager.certificate-text', details),
    ...checkPath(config),
    ...when((underscores.name(UNDERSCORE_ACTIONS) ?? 'ALLOW') === 'ALLOW', 'manager.underscores', underscores),
    ...checkLocalReplies(config.at('local_reply_config')),
  ];
}

function checkInternal(internal: Place): readonly Finding[] {
  const unixOnly = internal.at('cidr_ranges').items().length === 0 && internal.at('unix_sockets').isOff;
  return when(internal.exists && !unixOnly, 'manager.internal-addresses', internal);
}

function isSanitized(details: Place): boolean {
  const mode = details.name(CERTIFICATE_MODES) ?? 'SANITIZE';
  return mode === 'SANITIZE' || mode === 'SANITIZE_SET';
}

function checkPath(config: Place): readonly Finding[] {
  const action = config.at('path_with_escaped_slashes_action');
  const normalized = config.at('normalize_path');
  return [
    ...when(!normalized.isOn, 'manager.path', normalized),
    ...when(normalized.isOn && action.name(SLASH_ACTIONS) !== 'REJECT_REQUEST', 'manager.path', action),
  ];
}

/** Whatever changes replies of Envoy's own must leave Sallyport's refusals alone. */
function checkLocalReplies(replies: Place): readonly Finding[] {
  const everywhere = replies.at('body_format');
  const mappers = replies.at('mappers').items();
  return [
    ...when(everywhere.exists, 'manager.local-replies', everywhere),
    ...mappers
      .filter(changesReply)
      .filter((mapper) => !sparesRefusals(mapper.at('filter')))
      .flatMap((mapper) => when(true, 'manager.local-replies', mapper)),
  ];
}

function changesReply(mapper: Place): boolean {
  return ['body', 'body_format_override', 'status_code'].some((name) => mapper.at(name).exists);
}

const MAX_DEPTH = 8;

/** Whether a filter matches only where neither of Sallyport's filters has refused. */
function sparesRefusals(filter: Place, depth = 0): boolean {
  const parts = conjunction(filter, depth);
  return [EXT_AUTHZ, EXT_PROC].every((name) =>
    parts.some((part) => isVerdictAllowed(part.at('metadata_filter'), name)),
  );
}

/** The filters that must all match for this one to match. */
function conjunction(filter: Place, depth: number): readonly Place[] {
  const parts = filter.at('and_filter', 'filters').items();
  if (parts.length === 0 || depth > MAX_DEPTH) return [filter];
  return parts.flatMap((part) => conjunction(part, depth + 1));
}

function isVerdictAllowed(filter: Place, name: string): boolean {
  const matcher = filter.at('matcher');
  return (
    matcher.at('filter').text === name &&
    matcher.at('path').items().length === 1 &&
    matcher.at('path').items()[0]?.at('key').text === 'verdict' &&
    matcher.at('value', 'string_match', 'exact').text === 'allowed'
  );
}
