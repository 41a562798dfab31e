import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { fromPlain, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import type { CheckAddress, CheckHttp, CheckPeer, CheckRequest } from './check-request.ts';

/** `envoy.service.auth.v3.Authorization/Check` as `@grpc/proto-loader` reads and writes it. */
const loaded = loadSync('envoy/service/auth/v3/external_auth.proto', {
  includeDirs: [join(import.meta.dirname, '../../../proto')],
  keepCase: true,
  longs: Number,
  defaults: true,
  oneofs: true,
});

interface CheckMethod {
  readonly requestSerialize: (value: object) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => object;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

const { Check: check } = loaded['envoy.service.auth.v3.Authorization'] as unknown as { readonly Check: CheckMethod };

/** The bytes of a CheckRequest written as a plain object. */
export function encodeCheckRequest(value: object): Buffer {
  return check.requestSerialize(value);
}

/** A CheckResponse as a plain object; what is not there is `null` or empty. */
export function decodeCheckResponse(bytes: Uint8Array): object {
  return check.responseDeserialize(Buffer.from(bytes));
}

interface OraclePeer {
  readonly address: OracleAddress | null;
  readonly service: string;
  readonly principal: string;
  readonly certificate: string;
}

interface OracleAddress {
  readonly socket_address?: { readonly address: string; readonly port_value?: number };
  readonly pipe?: { readonly path: string };
  readonly envoy_internal_address?: { readonly server_listener_name?: string };
}

interface OracleHeader {
  readonly key: string;
  readonly value: string;
  readonly raw_value: Buffer;
}

interface OracleHttp extends Pick<CheckHttp, 'id' | 'method' | 'path' | 'host' | 'scheme' | 'protocol' | 'size'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly header_map: { readonly headers: readonly OracleHeader[] } | null;
  readonly body: string;
  readonly raw_body: Buffer;
}

interface OracleRequest {
  readonly attributes: {
    readonly source: OraclePeer | null;
    readonly destination: OraclePeer | null;
    readonly request: { readonly http: OracleHttp | null } | null;
    readonly context_extensions: Readonly<Record<string, string>>;
    readonly metadata_context: { readonly filter_metadata: Readonly<Record<string, object>> } | null;
    readonly tls_session: { readonly sni: string } | null;
  } | null;
}

/** What the library reads in `bytes`, in our shape. @throws when it refuses them. */
export function oracleCheckRequest(bytes: Uint8Array): CheckRequest {
  const { attributes } = check.requestDeserialize(Buffer.from(bytes)) as OracleRequest;
  const http = attributes?.request?.http ?? null;
  return {
    kind: 'check',
    source: peerOf(attributes?.source ?? null),
    destination: peerOf(attributes?.destination ?? null),
    http: http === null ? undefined : httpOf(http),
    contextExtensions: new Map(Object.entries(attributes?.context_extensions ?? {})),
    metadata: metadataOf(attributes?.metadata_context?.filter_metadata ?? {}),
    sni: attributes?.tls_session?.sni,
  };
}

function peerOf(peer: OraclePeer | null): CheckPeer {
  const address = peer?.address ?? null;
  return {
    address: address === null ? undefined : addressOf(address),
    service: peer?.service ?? '',
    principal: peer?.principal ?? '',
    certificate: peer?.certificate ?? '',
  };
}

function addressOf({
  socket_address: socket,
  pipe,
  envoy_internal_address: internal,
}: OracleAddress): CheckAddress | undefined {
  if (socket) return { kind: 'socket', address: socket.address, port: socket.port_value ?? 0 };
  if (pipe) return { kind: 'pipe', path: pipe.path };
  return internal ? { kind: 'internal', listener: internal.server_listener_name ?? '' } : undefined;
}

function httpOf(http: OracleHttp): CheckHttp {
  const { id, method, path, host, scheme, protocol, size, body, raw_body: raw } = http;
  const map = Object.entries(http.headers).map(([name, value]) => [name, latin1(value)] as const);
  const list = http.header_map?.headers.map(
    ({ key, value, raw_value: bytes }) => [key, bytes.length > 0 ? bytes.toString('latin1') : latin1(value)] as const,
  );
  const bytes = raw.length > 0 ? raw : Buffer.from(body);
  const headersFrom = list === undefined ? (map.length > 0 ? 'map' : 'none') : 'list';
  return {
    id,
    method,
    path,
    host,
    scheme,
    protocol,
    size,
    headers: list ?? map,
    headersFrom,
    body: bytes.length > 0 ? bytes : undefined,
  };
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function metadataOf(namespaces: Readonly<Record<string, object>>): ReadonlyMap<string, JsonObject> {
  return new Map(Object.entries(namespaces).map(([name, struct]) => [name, structOf(struct)]));
}

interface OracleValue {
  readonly kind?: string;
  readonly [kind: string]: unknown;
}

function structOf(struct: unknown): JsonObject {
  const { fields } = struct as { readonly fields: Readonly<Record<string, OracleValue>> };
  return new Map(Object.entries(fields).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value: OracleValue): JsonValue {
  const found = value[value.kind ?? ''];
  if (value.kind === 'nullValue') return null;
  if (value.kind === 'structValue') return structOf(found);
  if (value.kind === 'listValue') return (found as { readonly values: readonly OracleValue[] }).values.map(valueOf);
  return fromPlain(found);
}

/** A plain object for `google.protobuf.Struct`. */
export function structFrom(object: JsonObject): object {
  return { fields: Object.fromEntries([...object].map(([name, value]) => [name, valueFrom(value)])) };
}

function valueFrom(value: JsonValue): object {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (isJsonObject(value)) return { structValue: structFrom(value) };
  return { listValue: { values: value.map(valueFrom) } };
}
