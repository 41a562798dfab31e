import fc from 'fast-check';
import { fromPlain, isJsonObject } from '../../kit/json.ts';
import { structFrom } from './oracle-values.fixture.ts';

/* Parts of Envoy's messages, as plain objects for `@grpc/proto-loader`. */

export const text = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', ' ', '/', 'ü', '€', '\u{1F600}', '\0'),
  maxLength: 20,
});
export const name = fc.string({ unit: fc.constantFrom('a', 'b', 'x', '-', '1'), minLength: 1, maxLength: 12 });
export const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
export const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

export const address = fc.oneof(
  fc.record({ socket_address: fc.record({ address: text, port_value: fc.nat(65_535) }) }),
  fc.record({ pipe: fc.record({ path: text }) }),
  fc.record({ envoy_internal_address: fc.record({ server_listener_name: text }) }),
);
export const struct = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }), { maxKeys: 5 })
  .map((plain) => {
    const json = fromPlain(JSON.parse(JSON.stringify(plain).replaceAll('__proto__', 'proto')));
    return structFrom(isJsonObject(json) ? json : new Map());
  });

export const header = fc.oneof(fc.record({ key: name, value: text }), fc.record({ key: name, raw_value: bytes }));
