import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import published from './descriptors.json' with { type: 'json' };
import { RESPONSE_FLAGS } from '../../src/transports/access-log/access-log-entry.ts';
import { BODY_MODES, HEADER_MODES } from '../../src/transports/ext-proc/mode-override.ts';
import { readProtos } from './proto-fields.ts';

/** `name: value` of every member of every group that `ours` has. */
function rows(groups: Readonly<Record<string, Readonly<Record<string, unknown>>>>): [string, unknown][] {
  return Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).map(([name, value]): [string, unknown] => [`${group}.${name}`, value]),
  );
}

suite('proto/', () => {
  const ours = readProtos(join(import.meta.dirname, '../../proto'));

  test('has of each message, enum and service the numbers and types that Envoy has published', () => {
    for (const kind of ['messages', 'enums', 'services'] as const) {
      const theirs = new Map(rows(published[kind]));
      for (const [name, value] of rows(ours[kind])) assert.deepEqual(value, theirs.get(name), name);
    }
  });

  test('is compared with Envoy 1.40', () => {
    assert.equal(published.from['github.com/envoyproxy/go-control-plane/envoy'], 'v1.40.0');
    assert.ok(rows(ours.messages).length > 100);
  });
});

suite('tables of numbers in the code', () => {
  const mode = 'envoy.extensions.filters.http.ext_proc.v3.ProcessingMode';
  const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = published.enums;

  test('have the modes of ext_proc in the order of their numbers', () => {
    const numbered = (names: readonly string[]): object =>
      Object.fromEntries(names.map((name, index) => [name, index]));
    assert.deepEqual(numbered(BODY_MODES), enums[`${mode}.BodySendMode`]);
    assert.deepEqual(numbered(HEADER_MODES), enums[`${mode}.HeaderSendMode`]);
  });

  test('have each response flag by the number of its field', () => {
    const flags: Readonly<Record<string, { readonly number: number }>> =
      published.messages['envoy.data.accesslog.v3.ResponseFlags'];
    for (const [number, name] of RESPONSE_FLAGS) assert.equal(flags[name]?.number, number, name);
  });
});
