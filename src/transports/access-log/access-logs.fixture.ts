import fc from 'fast-check';
import { address, maybe, name, struct, text } from '../envoy/arbitrary-fields.fixture.ts';
import { mutated, rearranged, samples } from '../envoy/mutations.fixture.ts';
import { structFrom } from '../envoy/oracle-values.fixture.ts';
import { RESPONSE_FLAGS } from './access-log-entry.ts';
import { encodeAccessLogs } from './access-logs-oracle.fixture.ts';
import { RECORDED } from './recorded.fixture.ts';

const duration = fc.record({ seconds: fc.integer(), nanos: fc.integer({ min: -999_999_999, max: 999_999_999 }) });
const flag = fc.constantFrom(...RESPONSE_FLAGS.values());
const flags = fc
  .array(flag, { maxLength: 4 })
  .map((names) => Object.fromEntries(names.map((one) => [one, one === 'unauthorized_details' ? {} : true])));
const ours = fc
  .record({ decision_id: fc.oneof(text, fc.nat()), reply: text })
  .map((of) => structFrom(new Map(Object.entries(of))));
const metadata = fc
  .tuple(fc.dictionary(name, struct, { maxKeys: 2 }), maybe(ours), maybe(fc.oneof(ours, struct)))
  .map(([others, authz, proc]) => ({
    ...others,
    ...(authz && { 'envoy.filters.http.ext_authz': authz }),
    ...(proc && { 'envoy.filters.http.ext_proc': proc }),
  }));
const common = fc.record({
  time_to_last_downstream_tx_byte: maybe(duration),
  duration: maybe(duration),
  upstream_remote_address: maybe(address),
  upstream_request_attempt_count: maybe(fc.nat({ max: 2 ** 32 - 1 })),
  response_flags: maybe(flags),
  metadata: maybe(fc.record({ filter_metadata: metadata })),
  intermediate_log_entry: fc.boolean(),
  access_log_type: fc.nat(9),
});
const bytes = fc.maxSafeNat();
const response = fc.record({
  response_code: maybe(fc.record({ value: fc.nat(599) })),
  response_body_bytes: bytes,
  response_code_details: text,
});
const entry = fc.record({
  common_properties: maybe(common),
  request: maybe(fc.record({ request_body_bytes: bytes })),
  response: maybe(response),
});
const logs = fc.record({ log_entry: fc.array(entry, { maxLength: 3 }) });

/** Messages with any of the fields in use, encoded. */
export const accessLogs: fc.Arbitrary<Buffer> = fc
  .oneof(fc.record({ http_logs: logs }), fc.constantFrom({ tcp_logs: {} }, {}))
  .map(encodeAccessLogs);

const encoded = (seed: number | undefined): readonly Buffer[] => [
  ...Object.values(RECORDED),
  ...samples(accessLogs, seed),
];

/** Such messages after some bytes were changed. Without a seed each time from others. */
export function mutatedLogs(seed?: number): fc.Arbitrary<Buffer> {
  return mutated(encoded(seed));
}

/** Such messages after whole fields, at any depth, were rearranged. */
export function rearrangedLogs(seed?: number): fc.Arbitrary<Buffer> {
  return rearranged(encoded(seed));
}
