import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ByteBudget } from './byte-budget.ts';
import { frame, prefixOf } from './clients.fixture.ts';
import { GRPC_CODE, type GrpcError } from './grpc-error.ts';
import { MessageDecoder } from './message-decoder.ts';

const MAX = 10_000;
const BUDGET = 1_000_000;

function decoder(bytes = BUDGET): { decoder: MessageDecoder; budget: ByteBudget } {
  const budget = new ByteBudget(bytes);
  return { decoder: new MessageDecoder({ maxMessageBytes: MAX, budget }), budget };
}

function all(found: MessageDecoder, chunks: readonly Buffer[]): string[] {
  const messages: string[] = [];
  for (const chunk of chunks) found.push(chunk, (message) => messages.push(message.toString('latin1')) > 0);
  return messages;
}

const codeOf = (code: GrpcError['code']) => (error: unknown) => (error as GrpcError).code === code;

suite('MessageDecoder', () => {
  test('gives back the messages that were sent, however the bytes were cut, and all of its room', () => {
    const messages = fc.array(
      fc.uint8Array({ maxLength: 9000 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 30 }), (sent, places) => {
        const whole = Buffer.concat(sent.map((message) => frame(message)));
        const cuts = [0, ...places.map((place) => place % (whole.length + 1)).toSorted((a, b) => a - b), whole.length];
        const { decoder: found, budget } = decoder();
        const chunks = cuts.slice(1).map((end, index) => whole.subarray(cuts[index], end));
        assert.deepEqual(
          all(found, chunks),
          sent.map((message) => message.toString('latin1')),
        );
        assert.equal(found.unfinished, false);
        assert.equal(budget.take(BUDGET), true);
      }),
    );
  });

  test('reads byte by byte', () => {
    const bytes = Buffer.concat([frame(Buffer.from('abc')), frame(Buffer.alloc(0)), frame(Buffer.from('d'))]);
    assert.deepEqual(
      all(
        decoder().decoder,
        Array.from(bytes, (byte) => Buffer.from([byte])),
      ),
      ['abc', '', 'd'],
    );
  });

  test('knows that it stopped within a message', () => {
    for (const end of [1, 4, 5, 7]) {
      const { decoder: found } = decoder();
      assert.deepEqual(all(found, [frame(Buffer.from('abc')).subarray(0, end)]), []);
      assert.equal(found.unfinished, true);
    }
  });

  test('stops when it is told to', () => {
    const seen: string[] = [];
    const bytes = Buffer.concat(['a', 'b', 'c'].map((text) => frame(Buffer.from(text))));
    decoder().decoder.push(bytes, (message) => seen.push(message.toString()) < 2);
    assert.deepEqual(seen, ['a', 'b']);
  });

  test('holds no more than came, whatever length was announced', () => {
    const { decoder: found, budget } = decoder();
    all(found, [prefixOf(MAX), Buffer.alloc(10)]);
    assert.equal(budget.take(BUDGET - 4096), true);
    found.release();
    assert.equal(budget.take(4096), true);
  });

  test('refuses a message that is too large, compressed or malformed', () => {
    const none = (): boolean => assert.fail();
    const cases: readonly [Buffer, GrpcError['code']][] = [
      [prefixOf(MAX + 1), GRPC_CODE.RESOURCE_EXHAUSTED],
      [frame(Buffer.from('a'), 1), GRPC_CODE.UNIMPLEMENTED],
      [frame(Buffer.from('a'), 2), GRPC_CODE.INTERNAL],
      [frame(Buffer.from('a'), 255), GRPC_CODE.INTERNAL],
    ];
    for (const [bytes, code] of cases) {
      assert.throws(() => decoder().decoder.push(bytes, none), codeOf(code));
      const { decoder: slow } = decoder();
      slow.push(bytes.subarray(0, 4), none);
      assert.throws(() => slow.push(bytes.subarray(4), none), codeOf(code));
    }
  });

  test('refuses to hold what there is no room for', () => {
    const { decoder: found } = decoder(100);
    assert.throws(() => all(found, [prefixOf(50)]), codeOf(GRPC_CODE.RESOURCE_EXHAUSTED));
    assert.deepEqual(all(decoder(0).decoder, [frame(Buffer.from('whole'))]), ['whole']);
  });
});
