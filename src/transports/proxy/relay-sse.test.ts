import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { blocksIn, chunkOf, countTurns, MOST_BLOCKS, SMALL_BLOCKS } from '../reply/event-loop.fixture.ts';
import { exchangeWith, passingJudge } from '../reply/reply-exchange.fixture.ts';
import type { Exchange } from './exchange.ts';
import { relaySse } from './relay-sse.ts';
import { serverOf } from './proxy.fixture.ts';

/** Keeps what is written, and in which turn of the event loop. */
class KeepingResponse extends ServerResponse {
  readonly writes: { readonly turn: number; readonly bytes: Buffer }[] = [];
  readonly #turn: () => number;

  constructor(turn: () => number) {
    super(new IncomingMessage(new Socket()));
    this.#turn = turn;
  }

  override write(bytes: Uint8Array): boolean {
    this.writes.push({ turn: this.#turn(), bytes: Buffer.from(bytes) });
    return true;
  }

  override end(last?: unknown): this {
    if (last instanceof Uint8Array) this.write(last);
    setImmediate(() => this.emit('close'));
    return this;
  }
}

/** Relays these chunks to a GET stream, all of them there at once. */
async function relayed(chunks: readonly Uint8Array[]): Promise<KeepingResponse['writes']> {
  using turns = countTurns();
  const response = new KeepingResponse(turns.turn);
  const exchange: Exchange = {
    ...exchangeWith({ call: { kind: 'open-stream', id: undefined }, judge: passingJudge(), maxHeldBytes: 10_000_000 }),
    server: serverOf(new URL('http://127.0.0.1:1/mcp')),
    response,
    stop: new AbortController(),
    ending: () => undefined,
  };
  await relaySse(exchange, { status: 200, headers: [], body: Readable.from(chunks) });
  return response.writes;
}

const MESSAGE = 'data: {"jsonrpc":"2.0","method":"a"}\n\n';

suite('relaySse()', () => {
  for (const [what, block] of SMALL_BLOCKS) {
    test(`lets others have their turn in a chunk full of ${what}, with one write in each turn`, async () => {
      const writes = await relayed([chunkOf(block)]);
      const blocks = writes.map(({ bytes }) => blocksIn(bytes));
      assert.ok(Math.max(...blocks) <= MOST_BLOCKS, String(Math.max(...blocks)));
      assert.equal(new Set(writes.map(({ turn }) => turn)).size, writes.length);
    });
  }

  test('lets others have their turn between many small chunks that are there at once', async () => {
    const writes = await relayed(Array.from({ length: 2000 }, () => Buffer.from(':\n\n')));
    const perTurn = Map.groupBy(writes, ({ turn }) => turn);
    assert.ok(Math.max(...perTurn.values().map(({ length }) => length)) <= MOST_BLOCKS);
  });

  test('sends what came together with one write', async () => {
    const writes = await relayed([Buffer.from(`: a\n\n${MESSAGE}id: 1\n\n`), Buffer.from(': b\n\n')]);
    assert.deepEqual(
      writes.map(({ bytes }) => bytes.toString()),
      [`: a\n\n${MESSAGE}id: 1\n\n`, ': b\n\n'],
    );
  });

  test('passes plain streams byte for byte, whatever the blocks and chunks', async () => {
    const block = fc.constantFrom('\n', '\r\n', ':\n\n', MESSAGE, 'id: 4\r\ndata: \r\n\r\n', 'retry: 10\n\n');
    const blocks = fc.array(fc.tuple(block, fc.integer({ min: 1, max: 400 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 5000 }), async (parts, chunkBytes) => {
        const bytes = Buffer.from(parts.map(([text, count]) => text.repeat(count)).join(''));
        const count = Math.ceil(bytes.length / chunkBytes);
        const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes));
        const sent = await relayed(chunks);
        assert.deepEqual(Buffer.concat(sent.map((write) => write.bytes)), bytes);
      }),
      { numRuns: 30 },
    );
  });
});
