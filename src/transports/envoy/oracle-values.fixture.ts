import type { HeaderList } from '../../call/received.ts';
import { fromPlain, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import type { EnvoyAddress } from './read-address.ts';

/** `envoy.config.core.v3.HeaderMap` as `@grpc/proto-loader` reads it. */
export interface OracleHeaderMap {
  readonly headers: readonly { readonly key: string; readonly value: string; readonly raw_value: Buffer }[];
}

/** `envoy.config.core.v3.Address` as `@grpc/proto-loader` reads it. */
export interface OracleAddress {
  readonly socket_address?: { readonly address: string; readonly port_value?: number };
  readonly pipe?: { readonly path: string };
  readonly envoy_internal_address?: { readonly server_listener_name?: string };
}

/** The fields in our form. */
export function headersOf({ headers }: OracleHeaderMap): HeaderList {
  return headers.map(
    ({ key, value, raw_value: raw }) => [key, raw.length > 0 ? raw.toString('latin1') : latin1(value)] as const,
  );
}

/** The address in our form. */
export function addressOf({
  socket_address: socket,
  pipe,
  envoy_internal_address: internal,
}: OracleAddress): EnvoyAddress | undefined {
  if (socket) return { kind: 'socket', address: socket.address, port: socket.port_value ?? 0 };
  if (pipe) return { kind: 'pipe', path: pipe.path };
  return internal ? { kind: 'internal', listener: internal.server_listener_name ?? '' } : undefined;
}

/** `text` as the reader gives header values: one character a byte of its UTF-8. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Such a map of `google.protobuf.Struct`, as JSON. */
export function metadataOf(namespaces: Readonly<Record<string, object>>): ReadonlyMap<string, JsonObject> {
  return new Map(Object.entries(namespaces).map(([name, struct]) => [name, structOf(struct)]));
}

interface OracleValue {
  readonly kind?: string;
  readonly [kind: string]: unknown;
}

/** A `google.protobuf.Struct` as JSON. */
export function structOf(struct: unknown): JsonObject {
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
