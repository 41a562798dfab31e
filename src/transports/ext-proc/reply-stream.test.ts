import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blocksIn, chunkOf, countTurns, MOST_BLOCKS, SMALL_BLOCKS } from '../reply/event-loop.fixture.ts';
import { exchangeWith, passingJudge } from '../reply/reply-exchange.fixture.ts';
import { toldIn } from './envoy-messages.fixture.ts';
import { ReplyStream } from './reply-stream.ts';

/** What Envoy is told of a GET stream with this chunk, and in which turn. */
async function streamed(chunk: Uint8Array): Promise<readonly { readonly turn: number; readonly bytes: Buffer }[]> {
  using turns = countTurns();
  const sent: { turn: number; bytes: Buffer }[] = [];
  const stream = new ReplyStream({
    call: {
      async send(message) {
        sent.push({ turn: turns.turn(), bytes: Buffer.from(toldIn(message).text ?? '') });
      },
    },
    exchange: exchangeWith({
      call: { kind: 'open-stream', id: undefined },
      judge: passingJudge(),
      maxHeldBytes: 10_000_000,
    }),
    status: 200,
    onStuck: (error) => assert.fail(String(error)),
  });
  await stream.push(chunk, false);
  return sent;
}

suite('ReplyStream', () => {
  for (const [what, block] of SMALL_BLOCKS) {
    test(`lets others have their turn in a chunk full of ${what}, with one message in each turn`, async () => {
      const sent = await streamed(chunkOf(block));
      const blocks = sent.map(({ bytes }) => blocksIn(bytes));
      assert.ok(Math.max(...blocks) <= MOST_BLOCKS, String(Math.max(...blocks)));
      assert.equal(new Set(sent.map(({ turn }) => turn)).size, sent.length);
    });
  }
});
