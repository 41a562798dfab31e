import { loadMethod } from '../envoy/load-method.fixture.ts';
import {
  addressOf,
  headersOf,
  latin1,
  metadataOf,
  type OracleAddress,
  type OracleHeaderMap,
} from '../envoy/oracle-values.fixture.ts';
import type { CheckHttp, CheckRequest } from './check-request.ts';
import type { EnvoyPeer } from '../envoy/envoy-peer.ts';

/** `envoy.service.auth.v3.Authorization/Check` as `@grpc/proto-loader` reads and writes it. */
const check = loadMethod('envoy/service/auth/v3/external_auth.proto', 'envoy.service.auth.v3.Authorization', 'Check');

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

interface OracleHttp extends Pick<CheckHttp, 'id' | 'method' | 'path' | 'host' | 'scheme' | 'protocol' | 'size'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly header_map: OracleHeaderMap | null;
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

/** `found` with the headers of a map in one order: theirs is not part of the message, and the oracle keeps it in an object. */
export function comparable<T>(found: T | CheckRequest): T | CheckRequest {
  const request = found as CheckRequest;
  if (request.http?.headersFrom !== 'map') return found;
  const headers = request.http.headers.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...request, http: { ...request.http, headers } };
}

function peerOf(peer: OraclePeer | null): EnvoyPeer {
  const address = peer?.address ?? null;
  return {
    address: address === null ? undefined : addressOf(address),
    service: peer?.service ?? '',
    principal: peer?.principal ?? '',
    certificate: peer?.certificate ?? '',
  };
}

function httpOf(http: OracleHttp): CheckHttp {
  const { id, method, path, host, scheme, protocol, size, body, raw_body: raw } = http;
  const map = Object.entries(http.headers).map(([name, value]) => [name, latin1(value)] as const);
  const list = http.header_map === null ? undefined : headersOf(http.header_map);
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
