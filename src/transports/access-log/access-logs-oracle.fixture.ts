import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../kit/json.ts';
import { type LoadedMethod, loadMethod } from '../envoy/load-method.fixture.ts';
import { addressOf, type OracleAddress, structOf } from '../envoy/oracle-values.fixture.ts';
import type { AccessLogEntry, AccessLogs, ResponseFlag } from './access-log-entry.ts';

function loadLogs(...before: readonly string[]): LoadedMethod {
  const service = 'envoy.service.accesslog.v3.AccessLogService';
  return loadMethod('envoy/service/accesslog/v3/als.proto', service, 'StreamAccessLogs', ...before);
}

/** `StreamAccessLogs` as `@grpc/proto-loader` writes it. */
const written = loadLogs();
/** The same where the metadata of each namespace is left as bytes: what is not ours is not looked at. */
const read = loadUnread();
const answer = loadMethod('envoy/service/auth/v3/external_auth.proto', 'envoy.service.auth.v3.Authorization', 'Check');

function loadUnread(): LoadedMethod {
  const path = 'envoy/config/core/v3/base.proto';
  const text = readFileSync(join(import.meta.dirname, '../../../proto', path), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'unread-'));
  mkdirSync(join(folder, 'envoy/config/core/v3'), { recursive: true });
  writeFileSync(join(folder, path), text.replace('map<string, google.protobuf.Struct>', 'map<string, bytes>'));
  const loaded = loadLogs(folder);
  rmSync(folder, { recursive: true });
  return loaded;
}

/** The bytes of a StreamAccessLogsMessage written as a plain object. */
export function encodeAccessLogs(value: object): Buffer {
  return written.requestSerialize(value);
}

interface OracleDuration {
  readonly seconds: number;
  readonly nanos: number;
}

interface OracleCommon {
  readonly time_to_last_downstream_tx_byte: OracleDuration | null;
  readonly duration: OracleDuration | null;
  readonly upstream_remote_address: OracleAddress | null;
  readonly response_flags: Readonly<Record<ResponseFlag, unknown>> | null;
  readonly metadata: { readonly filter_metadata: Readonly<Record<string, Buffer>> } | null;
  readonly upstream_request_attempt_count: number;
  readonly intermediate_log_entry: boolean;
  readonly access_log_type: number;
}

interface OracleEntry {
  readonly common_properties: OracleCommon | null;
  readonly request: { readonly request_body_bytes: number } | null;
  readonly response: {
    readonly response_code: { readonly value: number } | null;
    readonly response_body_bytes: number;
    readonly response_code_details: string;
  } | null;
}

/** What the library reads in `bytes`, in our shape. @throws when it refuses them. */
export function oracleAccessLogs(bytes: Uint8Array): AccessLogs {
  const { http_logs: logs } = read.requestDeserialize(Buffer.from(bytes)) as {
    readonly http_logs?: { readonly log_entry: readonly OracleEntry[] };
  };
  return { kind: 'logs', entries: (logs?.log_entry ?? []).map(entryOf), unreadable: [] };
}

function entryOf({ common_properties: common, request, response }: OracleEntry): AccessLogEntry {
  const metadata = ownMetadata(common?.metadata?.filter_metadata ?? {});
  const ids = ['envoy.filters.http.ext_authz', 'envoy.filters.http.ext_proc'].map((name) =>
    metadata.get(name)?.get('decision_id'),
  );
  const id = ids[0] ?? ids[1];
  const duration = common?.time_to_last_downstream_tx_byte ?? common?.duration;
  return {
    decisionId: typeof id === 'string' ? id : undefined,
    intermediate: common !== null && (common.intermediate_log_entry || ![0, 6].includes(common.access_log_type)),
    httpStatus: response?.response_code?.value || undefined,
    responseFlags: flagsOf(common?.response_flags ?? undefined),
    responseCodeDetails: response?.response_code_details ?? '',
    requestBytes: request?.request_body_bytes ?? 0,
    replyBytes: response?.response_body_bytes ?? 0,
    durationMs: duration ? Math.max(0, duration.seconds * 1000 + duration.nanos / 1e6) : undefined,
    upstream: addressText(common?.upstream_remote_address ?? undefined),
    attempts: common?.upstream_request_attempt_count ?? 0,
    metadata,
  };
}

function flagsOf(flags: OracleCommon['response_flags'] | undefined): ReadonlySet<ResponseFlag> {
  const set = Object.entries(flags ?? {}).flatMap(([name, value]) => (value ? [name] : []));
  return new Set(set as ResponseFlag[]);
}

function addressText(found: OracleAddress | undefined): string | undefined {
  const address = found && addressOf(found);
  if (address === undefined) return undefined;
  if (address.kind === 'pipe') return address.path;
  if (address.kind === 'internal') return address.listener;
  const { address: host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function ownMetadata(namespaces: Readonly<Record<string, Buffer>>): ReadonlyMap<string, JsonObject> {
  const own = ['envoy.filters.http.ext_authz', 'envoy.filters.http.ext_proc'] as const;
  return new Map(
    own.flatMap((name): [string, JsonObject][] => {
      const bytes = Object.hasOwn(namespaces, name) ? namespaces[name] : undefined;
      return bytes === undefined ? [] : [[name, decodeStruct(bytes)]];
    }),
  );
}

/** Read as what it would be in an answer to a Check. */
function decodeStruct(bytes: Buffer): JsonObject {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  const message = Buffer.concat([Buffer.from([0x22, ...length, rest]), bytes]);
  return structOf((answer.responseDeserialize(message) as { readonly dynamic_metadata: unknown }).dynamic_metadata);
}
