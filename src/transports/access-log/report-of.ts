import type { Report } from '../../outcome/exchange-ledger.ts';
import type { AccessLogEntry, ResponseFlag } from './access-log-entry.ts';

/** What Envoy did not forward, whatever else it says: the tool server never saw the call. */
const NOT_FORWARDED: readonly ResponseFlag[] = [
  'no_route_found',
  'no_cluster_found',
  'rate_limited',
  'unauthorized_details',
  'overload_manager',
  // Envoy has no connection to spare: agents have as many calls under way as it carries.
  'upstream_overflow',
];

const CLIENT_GONE: readonly ResponseFlag[] = ['downstream_connection_termination', 'downstream_remote_reset'];

/** The tool server could not be had, did not answer in time, or broke off. */
const UPSTREAM_FAILED: readonly ResponseFlag[] = [
  'no_healthy_upstream',
  'upstream_request_timeout',
  'local_reset',
  'upstream_remote_reset',
  'upstream_connection_failure',
  'upstream_connection_termination',
  'upstream_retry_limit_exceeded',
  'stream_idle_timeout',
  'upstream_max_stream_duration_reached',
  'duration_timeout',
  'upstream_protocol_error',
  'dns_resolution_failure',
];

/** How Envoy's details begin when a filter for external processing answered in place of the tool server. */
const EXT_PROC = 'ext_proc';
/** The details of a reply that is the tool server's own. */
const VIA_UPSTREAM = 'via_upstream';
/**
 * The details of a reply that was more than Envoy holds to be judged. The tool server is well: the agent has asked for that much,
 * and could else have others refused for what he asks.
 */
const TOO_LARGE = 'response_payload_too_large';
/** Longest text of Envoy's that is kept. */
const MAX_DETAIL = 128;

/**
 * What an entry of the access log says of an allowed call.
 *
 * `answered` means that the tool server's own reply went to the client as a whole, whatever its status; the client that goes
 * away before that makes it `cancelled`, or `undelivered` when Envoy had not yet chosen whom to send the call to.
 */
export function reportOf(entry: AccessLogEntry, decisionId: string): Report {
  const { httpStatus, replyBytes, durationMs, attempts, responseCodeDetails: details } = entry;
  const kind = kindOf(entry);
  if (details === TOO_LARGE) return { decisionId, kind, durationMs, replyBytes, reason: 'reply.too-large' };
  return {
    decisionId,
    kind,
    durationMs,
    replyBytes,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(attempts > 1 ? { attempts } : {}),
    ...(kind === 'answered' || details === '' ? {} : { operatorDetail: `envoy: ${plain(details)}` }),
  };
}

function kindOf({ responseFlags, responseCodeDetails, upstream }: AccessLogEntry): Report['kind'] {
  const has = (flags: readonly ResponseFlag[]): boolean => flags.some((flag) => responseFlags.has(flag));
  if (responseCodeDetails.startsWith(EXT_PROC) || responseCodeDetails === TOO_LARGE) return 'replaced';
  if (has(NOT_FORWARDED)) return 'undelivered';
  if (has(CLIENT_GONE)) return upstream === undefined ? 'undelivered' : 'cancelled';
  if (has(UPSTREAM_FAILED)) return 'upstream-failed';
  if (responseCodeDetails === VIA_UPSTREAM || responseCodeDetails === '') {
    return upstream === undefined ? 'undelivered' : 'answered';
  }
  // Envoy answered by itself, for a reason that has no flag.
  return upstream === undefined ? 'undelivered' : 'upstream-failed';
}

/** Details are Envoy's own words, but may quote what it was configured with. */
function plain(details: string): string {
  return details.slice(0, MAX_DETAIL).replaceAll(/[^\x20-\x7e]/g, '?');
}
