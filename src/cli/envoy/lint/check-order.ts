import { typed, typeOf, type HttpFilter } from './envoy-view.ts';
import { type Finding, finding, when } from './finding.ts';
import { doorsOf, type Guarded } from './guarded.ts';

/** Filters that only look, count or refuse. */
const HARMLESS: ReadonlySet<string> = new Set([
  'Router',
  'Buffer',
  'BodySizeLimit',
  'RBAC',
  'LocalRateLimit',
  'RateLimit',
  'RateLimitQuotaFilterConfig',
  'Cors',
  'CsrfPolicy',
  'HealthCheck',
  'HTTPFault',
  'BandwidthLimit',
  'AdmissionControl',
  'AdaptiveConcurrency',
  'FilterConfig',
  'Tap',
]);

/** Filters that change bodies, header fields or routes, or answer themselves. */
const CHANGING: ReadonlySet<string> = new Set([
  'Lua',
  'LuaPerRoute',
  'Wasm',
  'Config',
  'DynamicModuleFilter',
  'ExternalProcessor',
  'ExtAuthz',
  'HeaderMutation',
  'JsonToMetadata',
  'GrpcJsonTranscoder',
  'GrpcJsonReverseTranscoder',
  'Transform',
  'TransformationConfig',
  'Compressor',
  'Decompressor',
  'Gzip',
  'McpRouter',
  'McpJsonRestBridge',
  'CustomResponse',
  'OnDemand',
  'StatefulSession',
  'CredentialInjector',
  'FileServerConfig',
  'CacheConfig',
  'CacheV2Config',
]);

/** Whether what was judged is what goes out. */
export function checkOrder(guarded: Guarded): readonly Finding[] {
  const { filters, authz, proc } = guarded;
  const doors = doorsOf(guarded);
  const first = filters.findIndex((filter) => doors.includes(filter));
  const behind = filters.slice(first + 1).filter((filter) => !doors.includes(filter));
  return [
    ...(authz !== undefined && proc !== undefined
      ? when(filters.indexOf(proc) < filters.indexOf(authz), 'order.proc-first', proc.entry)
      : []),
    ...behind.flatMap(checkBehind),
  ];
}

function checkBehind(filter: HttpFilter): readonly Finding[] {
  if (HARMLESS.has(filter.type) || isLengthOnly(filter)) return [];
  return [finding(CHANGING.has(filter.type) ? 'order.changed-behind' : 'order.unknown-behind', filter.entry)];
}

/** The filter that removes content-length, so that the next one counts it anew. */
export function isLengthOnly({ type, config, entry }: HttpFilter): boolean {
  if (type !== 'HeaderMutation' || typeOf(typed(entry)) !== 'HeaderMutation') return false;
  const changes = config.at('mutations').members();
  const [only, ...others] = changes[0]?.[1].items() ?? [];
  return changes.length === 1 && others.length === 0 && only?.at('remove').text?.toLowerCase() === 'content-length';
}
