import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { runDecoder } from './decoder-run.ts';
import { DECODERS } from './decoders.ts';

const messages = Number(process.env['FUZZ_RUNS'] ?? 2000);

suite('readers of what Envoy sends', () => {
  for (const decoder of DECODERS) {
    test(`read a damaged ${decoder.name} as @grpc/proto-loader does, or refuse it`, () => {
      const { failures, read, refused } = runDecoder(decoder, messages, 1);
      assert.deepEqual(failures, []);
      assert.ok(read > 0 && refused.size > 3);
    });

    test(`read a whole ${decoder.name} that breaks off, or refuse it, at every byte`, () => {
      for (const whole of fc.sample(decoder.whole, { numRuns: 5, seed: 1 })) {
        const kinds = Array.from(whole, (_, end) => decoder.read(whole.subarray(0, end)).kind);
        assert.equal(kinds.length, whole.length);
      }
    });
  }

  test('are run on what a reader must not do, and tell', () => {
    const [decoder] = DECODERS;
    assert.ok(decoder);
    const wrong = { ...decoder, oracle: () => 'something else' };
    const throwing = { ...decoder, read: () => assert.fail('thrown') };
    assert.match(runDecoder(wrong, 200, 1).failures[0] ?? '', /^read otherwise: /);
    assert.match(runDecoder(throwing, 200, 1).failures[0] ?? '', /^thrown: /);
  });
});
