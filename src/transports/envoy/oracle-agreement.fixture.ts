import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';

/** How many mutated messages: few in each run, many where `FUZZ_RUNS` asks for them. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 20_000);

/** A reader of messages, and the library that it is compared with. */
export interface OracleAgreement<T extends { readonly kind: string }> {
  /** As tests name the reader. */
  readonly name: string;
  readonly read: (bytes: Uint8Array) => T | { readonly kind: 'refused' };
  /** What the library reads, in the reader's shape. @throws when it refuses. */
  readonly oracle: (bytes: Uint8Array) => T;
  /** `T` without what is no part of the message and differs. Default: as it is. */
  readonly comparable?: (found: T | { readonly kind: 'refused' }) => unknown;
  /** Messages with any of the fields in use, encoded. */
  readonly wellFormed: fc.Arbitrary<Buffer>;
  /** Such messages after bytes were changed, and after whole fields were. */
  readonly changedBytes: fc.Arbitrary<Buffer>;
  readonly changedFields: fc.Arbitrary<Buffer>;
  /** What share of the changed messages is still read, at least: or too little is compared. */
  readonly leastRead: number;
}

/** Declares the tests that a reader reads what the library reads, or refuses it. */
export function testAgreement<T extends { readonly kind: string }>(options: OracleAgreement<T>): void {
  const { name, read, oracle, comparable = (found) => found, wellFormed, leastRead } = options;
  suite(`${name} against @grpc/proto-loader`, () => {
    test('reads every message of the fields in use alike', () => {
      const alike = (bytes: Buffer): void => assert.deepEqual(comparable(read(bytes)), comparable(oracle(bytes)));
      fc.assert(fc.property(wellFormed, alike), { numRuns: Math.ceil(numRuns / 20) });
    });

    for (const [kind, messages] of [
      ['changed bytes', options.changedBytes],
      ['changed fields', options.changedFields],
    ] as const) {
      test(`reads a message with ${kind} alike, or refuses it`, () => {
        const seen = { read: 0, refused: 0 };
        const agrees = (bytes: Buffer): void => {
          const found = read(bytes);
          seen[found.kind === 'refused' ? 'refused' : 'read'] += 1;
          assert.deepEqual(comparable(found), comparable(found.kind === 'refused' ? found : oracle(bytes)));
        };
        fc.assert(fc.property(messages, agrees), { numRuns });
        assert.ok(seen.read > numRuns * leastRead && seen.refused > numRuns / 10, JSON.stringify(seen));
      });
    }

    test('answers bytes of any kind', () => {
      const answers = (bytes: Uint8Array): void => assert.equal(typeof read(bytes).kind, 'string');
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), answers), { numRuns });
    });
  });
}
