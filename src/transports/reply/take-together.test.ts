import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EventRelay } from './event-relay.ts';
import { type ExchangeFixture, exchangeWith, inWords } from './reply-exchange.fixture.ts';
import { takeTogether, type Together } from './take-together.ts';

const MANY = 1_000_000;

/** A GET stream on which `text` has come. */
function come(text: string, maxReplyBytes = 100_000): ExchangeFixture & { readonly relay: EventRelay } {
  const exchange = exchangeWith({ call: { kind: 'open-stream', id: undefined }, maxReplyBytes });
  const relay = new EventRelay(exchange, 200);
  relay.push(Buffer.from(text));
  return { ...exchange, relay };
}

function inShort({ bytes, blocks, next }: Together): readonly unknown[] {
  return [Buffer.from(bytes).toString(), blocks, next?.kind];
}

suite('takeTogether()', () => {
  test('takes what came together as one', () => {
    const { relay } = come(': a\n\n: b\n\n: c');
    assert.deepEqual(inShort(takeTogether(relay, MANY)), [': a\n\n: b\n\n', 2, undefined]);
    assert.deepEqual(inShort(takeTogether(relay, MANY)), ['', 0, 'wait']);
  });

  test('passes a block that came alone without a copy', () => {
    const chunk = Buffer.from(': a\n\n');
    const { relay } = come('');
    relay.push(chunk);
    assert.equal(takeTogether(relay, MANY).bytes.buffer, chunk.buffer);
  });

  test('takes so many blocks, and the rest the next time', () => {
    const { relay } = come(':\n\n'.repeat(5));
    assert.deepEqual(
      [takeTogether(relay, 2), takeTogether(relay, 2.5), takeTogether(relay, 2)].map(({ blocks }) => blocks),
      [2, 3, 0],
    );
  });

  test('adds nothing to 64 KiB or more', () => {
    const large = `data: {"jsonrpc":"2.0","method":"${'x'.repeat(70_000)}"}\n\n`;
    const { relay } = come(`data: \n\n${large}${large}`);
    const sizes = [takeTogether(relay, MANY), takeTogether(relay, MANY)].map(({ bytes }) => bytes.byteLength);
    assert.deepEqual(sizes, [8 + large.length, large.length]);
  });

  test('sends what is before a block that ends the stream badly', () => {
    const { relay } = come(': a\n\ndata: [1]\n\n: b\n\n');
    const { bytes, next } = takeTogether(relay, MANY);
    assert.equal(Buffer.from(bytes).toString(), ': a\n\n');
    assert.equal(next?.kind === 'ends-badly' && inWords(next.ending), 'replaced reply.unreadable 200');
  });

  test('holds what was taken until it is asked again', () => {
    const { relay, budget } = come(': a\n\n: b\n\n: c');
    takeTogether(relay, MANY);
    assert.equal(budget.held(), ': a\n\n: b\n\n: c'.length);
    takeTogether(relay, MANY);
    assert.equal(budget.held(), ': c'.length);
  });

  test('takes the same as one after the other, in order', () => {
    const block = fc.constantFrom(':\n\n', 'id: 1\n\n', 'data: {"jsonrpc":"2.0","method":"a"}\n\n');
    fc.assert(
      fc.property(fc.array(block, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (blocks, maxBlocks) => {
        const { relay } = come(blocks.join(''));
        const taken: Together[] = [];
        do taken.push(takeTogether(relay, maxBlocks));
        while (taken.at(-1)?.next === undefined);
        assert.equal(Buffer.concat(taken.map(({ bytes }) => bytes)).toString(), blocks.join(''));
        assert.ok(taken.every((one) => one.blocks <= maxBlocks));
      }),
    );
  });
});
