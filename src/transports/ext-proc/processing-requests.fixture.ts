import fc from 'fast-check';
import { bytes, header, maybe, name, struct } from '../envoy/arbitrary-fields.fixture.ts';
import { mutated, rearranged, samples } from '../envoy/mutations.fixture.ts';
import { encodeProcessingRequest } from './processing-oracle.fixture.ts';
import { RECORDED } from './recorded.fixture.ts';

const headers = fc.record({
  headers: maybe(fc.record({ headers: fc.array(header, { maxLength: 8 }) })),
  end_of_stream: fc.boolean(),
});
const body = fc.record({ body: bytes, end_of_stream: fc.boolean() });
const variant = fc.oneof(
  fc.record({ request_headers: headers }),
  fc.record({ response_headers: headers }),
  fc.record({ request_body: body }),
  fc.record({ response_body: body }),
  fc.constantFrom({ request_trailers: {} }, { response_trailers: {} }, {}),
);
const mode = fc.nat(5);
const protocol = fc.record({
  request_body_mode: mode,
  response_body_mode: mode,
  send_body_without_waiting_for_header_response: fc.boolean(),
});
const rest = fc.record({
  metadata_context: maybe(fc.record({ filter_metadata: fc.dictionary(name, struct, { maxKeys: 3 }) })),
  attributes: fc.dictionary(name, struct, { maxKeys: 2 }),
  observability_mode: fc.boolean(),
  protocol_config: maybe(protocol),
});

/** Messages with any of the fields in use, encoded. */
export const processingRequests: fc.Arbitrary<Buffer> = fc
  .tuple(variant, rest)
  .map(([message, more]) => encodeProcessingRequest({ ...message, ...more }));

const encoded = (seed: number | undefined): readonly Buffer[] => [
  ...Object.values(RECORDED),
  ...samples(processingRequests, seed),
];

/** Such messages after some bytes were changed. Without a seed each time from others. */
export function mutatedRequests(seed?: number): fc.Arbitrary<Buffer> {
  return mutated(encoded(seed));
}

/** Such messages after whole fields, at any depth, were rearranged. */
export function rearrangedRequests(seed?: number): fc.Arbitrary<Buffer> {
  return rearranged(encoded(seed));
}
