import fc from 'fast-check';
import { fromPlain, isJsonObject } from '../../kit/json.ts';
import { encodeCheckRequest, structFrom } from './protobuf-oracle.fixture.ts';
import { EDITS, editTree, parseTree, writeTree } from './protobuf-tree.fixture.ts';

/** What Envoy 1.40 sends with `encode_raw_headers` and `pack_as_bytes`. */
export const ENVOY_CHECK = {
  attributes: {
    source: {
      address: { socket_address: { address: '10.0.0.7', port_value: 41022 } },
      principal: 'spiffe://acme/agent/report',
      certificate: '-----BEGIN%20CERTIFICATE-----%0AMIIB%0A-----END%20CERTIFICATE-----%0A',
    },
    destination: { address: { socket_address: { address: '10.0.0.9', port_value: 8700 } }, principal: 'localhost' },
    request: {
      http: {
        id: '8123456789012345678',
        method: 'POST',
        header_map: {
          headers: [
            { key: ':authority', raw_value: Buffer.from('files.example') },
            { key: ':path', raw_value: Buffer.from('/mcp?x=1') },
            { key: ':method', raw_value: Buffer.from('POST') },
            { key: ':scheme', raw_value: Buffer.from('https') },
            { key: 'authorization', raw_value: Buffer.from(`Bearer ${'a'.repeat(600)}`) },
            { key: 'content-type', raw_value: Buffer.from('application/json') },
            { key: 'accept', raw_value: Buffer.from('application/json') },
            { key: 'accept', raw_value: Buffer.from('text/event-stream') },
            { key: 'x-raw', raw_value: Buffer.from([0xff, 0xfe]) },
            { key: 'x-empty' },
          ],
        },
        path: '/mcp?x=1',
        host: 'files.example',
        scheme: 'https',
        size: -1,
        protocol: 'HTTP/1.1',
        raw_body: Buffer.from(
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file"}}${' '.repeat(400)}`,
        ),
      },
    },
    context_extensions: { server: 'files', listener: 'agents' },
    metadata_context: {
      filter_metadata: { 'envoy.filters.http.mcp': { fields: { is_mcp_request: { boolValue: true } } } },
    },
    tls_session: { sni: 'files.example' },
  },
};

const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '/', 'ü', '€', '\u{1F600}', '\0'), maxLength: 20 });
const name = fc.string({ unit: fc.constantFrom('a', 'b', 'x', '-', '1'), minLength: 1, maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const address = fc.oneof(
  fc.record({ socket_address: fc.record({ address: text, port_value: fc.nat(65_535) }) }),
  fc.record({ pipe: fc.record({ path: text }) }),
  fc.record({ envoy_internal_address: fc.record({ server_listener_name: text }) }),
);
const peer = fc.record({ address: maybe(address), service: text, principal: text, certificate: text });

const struct = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }), { maxKeys: 5 })
  .map((plain) => {
    const json = fromPlain(JSON.parse(JSON.stringify(plain).replaceAll('__proto__', 'proto')));
    return structFrom(isJsonObject(json) ? json : new Map());
  });

const header = fc.oneof(fc.record({ key: name, value: text }), fc.record({ key: name, raw_value: bytes }));
const headers = fc.oneof(
  fc.record({ headers: fc.dictionary(name, text, { maxKeys: 8 }) }),
  fc.record({ header_map: fc.record({ headers: fc.array(header, { maxLength: 8 }) }) }),
);
const body = fc.oneof(fc.record({ body: text }), fc.record({ raw_body: bytes }), fc.constant({}));
const plainHttp = fc.record({
  id: text,
  method: text,
  path: text,
  host: text,
  scheme: text,
  protocol: text,
  size: fc.oneof(fc.constant(-1), fc.maxSafeInteger()),
});
const http = fc.tuple(plainHttp, headers, body).map(([plain, of, content]) => ({ ...plain, ...of, ...content }));

/** Messages with any of the fields in use, encoded. */
export const checkRequests: fc.Arbitrary<Buffer> = fc
  .record({
    attributes: maybe(
      fc.record({
        source: maybe(peer),
        destination: maybe(peer),
        request: maybe(fc.record({ http: maybe(http) })),
        context_extensions: fc.dictionary(name, text, { maxKeys: 4 }),
        metadata_context: maybe(fc.record({ filter_metadata: fc.dictionary(name, struct, { maxKeys: 3 }) })),
        tls_session: maybe(fc.record({ sni: text })),
      }),
    ),
  })
  .map(encodeCheckRequest);

type Change = (bytes: Buffer, place: number, byte: number) => Buffer;

const CHANGES: readonly Change[] = [
  (from, at, byte) => Buffer.concat([from.subarray(0, at), Buffer.from([byte]), from.subarray(at + 1)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), Buffer.from([byte]), from.subarray(at)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), from.subarray(at + 1 + (byte & 15))]),
  (from, at) => from.subarray(0, at),
  (from, at, byte) => Buffer.concat([from, from.subarray(at, at + byte)]),
  (from, at, byte) => Buffer.concat([from.subarray(0, at), from.subarray(at, at + byte), from.subarray(at)]),
  (from, at) => from.map((value, index) => (index === at ? value ^ 0x80 : value)) as Buffer,
  (from, at, byte) => from.map((value, index) => (index === at ? (value + (byte & 7) - 3) & 255 : value)) as Buffer,
];

/** Such messages after some bytes were changed, put in, taken out, doubled or cut off. Each has its own set to begin from. */
export function mutatedRequests(): fc.Arbitrary<Buffer> {
  const whole = [encodeCheckRequest(ENVOY_CHECK), ...fc.sample(checkRequests, 200)];
  const changes = fc.array(fc.tuple(fc.nat(CHANGES.length - 1), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom(...whole), changes)
    .map(([from, list]) =>
      list.reduce(
        (found, [kind, place, byte]) => CHANGES[kind]?.(found, place % (found.length + 1), byte) ?? found,
        from,
      ),
    );
}

/** Such messages after whole fields, at any depth, were doubled, dropped, moved, renumbered or replaced. */
export function rearrangedRequests(): fc.Arbitrary<Buffer> {
  const whole = [encodeCheckRequest(ENVOY_CHECK), ...fc.sample(checkRequests, 200)].map(
    (encoded) => parseTree(encoded) ?? [],
  );
  const edit = fc.tuple(fc.nat(EDITS.length - 1), fc.array(fc.nat(1000), { minLength: 1, maxLength: 9 }), fc.nat(255));
  return fc
    .tuple(fc.constantFrom(...whole), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([tree, edits]) =>
      writeTree(
        edits.reduce(
          (found, [kind, steps, value]) => editTree(found, steps, EDITS[kind] ?? ((nodes) => nodes), value),
          tree,
        ),
      ),
    );
}
