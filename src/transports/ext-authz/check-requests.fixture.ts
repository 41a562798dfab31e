import fc from 'fast-check';
import { address, bytes, header, maybe, name, struct, text } from '../envoy/arbitrary-fields.fixture.ts';
import { mutated, rearranged, samples } from '../envoy/mutations.fixture.ts';
import { encodeCheckRequest } from './protobuf-oracle.fixture.ts';

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

const peer = fc.record({ address: maybe(address), service: text, principal: text, certificate: text });

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

const encoded = (seed: number | undefined): readonly Buffer[] => [
  encodeCheckRequest(ENVOY_CHECK),
  ...samples(checkRequests, seed),
];

/** Such messages after some bytes were changed. Without a seed each time from others. */
export function mutatedRequests(seed?: number): fc.Arbitrary<Buffer> {
  return mutated(encoded(seed));
}

/** Such messages after whole fields, at any depth, were rearranged. */
export function rearrangedRequests(seed?: number): fc.Arbitrary<Buffer> {
  return rearranged(encoded(seed));
}
