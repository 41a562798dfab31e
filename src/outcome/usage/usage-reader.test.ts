import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { UsageReader } from './usage-reader.ts';
import { costOf, type UsageFormat } from './usage-terms.ts';

/** What is read of a reply that comes in pieces of so many bytes. */
function read(text: string, format: UsageFormat, isStream: boolean, size = 7) {
  const reader = new UsageReader(format, isStream);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
}

const events = (...data: readonly object[]): string =>
  `${data.map((one) => `event: x\ndata: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`;

const CHAT = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 64 } };
const RESPONSE = { input_tokens: 100, output_tokens: 20, input_tokens_details: { cached_tokens: 64 } };
const USED = { input: 36, output: 20, cacheRead: 64, cacheWrite: 0 };
const STREAM = events(
  { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1, cache_read_input_tokens: 9 } } },
  { type: 'content_block_delta', delta: { type: 'text_delta', text: 'the "usage": {"output_tokens": 900}' } },
  { type: 'message_delta', usage: { output_tokens: 15 } },
  { type: 'message_stop' },
);

suite('UsageReader', () => {
  for (const [name, text, isStream] of [
    ['a chat completion', JSON.stringify({ choices: [], usage: CHAT }), false],
    ['a response', JSON.stringify({ output: [], usage: RESPONSE }), false],
    ['a stream of chat chunks', events({ choices: [{}], usage: null }, { choices: [], usage: CHAT }), true],
    ['a stream of a response', events({ type: 'response.completed', response: { usage: RESPONSE } }), true],
  ] as const) {
    test(`reads ${name} of OpenAI's form`, () => {
      assert.deepEqual(read(text, 'openai', isStream), { usage: USED, isWhole: true });
    });
  }

  test('reads a message and a stream of the form of Anthropic', () => {
    const usage = { input_tokens: 5, output_tokens: 6, cache_creation_input_tokens: 7, cache_read_input_tokens: null };
    const used = { input: 5, output: 6, cacheRead: 0, cacheWrite: 7 };
    assert.deepEqual(read(JSON.stringify({ usage }), 'anthropic', false), { usage: used, isWhole: true });
    const streamed = { input: 25, output: 15, cacheRead: 9, cacheWrite: 0 };
    assert.deepEqual(read(STREAM, 'anthropic', true), { usage: streamed, isWhole: true });
  });

  test('knows nothing of a stream that does not say it', () => {
    assert.equal(read(events({ choices: [{}] }, { choices: [{}], usage: null }), 'openai', true), undefined);
  });

  test('believes no number that is none', () => {
    for (const prompt_tokens of [-1, 1.5, '9', 2 ** 41, [], true]) {
      assert.equal(read(JSON.stringify({ usage: { prompt_tokens } }), 'openai', false), undefined);
    }
    const usage = { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 2 } };
    assert.equal(read(JSON.stringify({ usage }), 'openai', false), undefined);
  });

  test('passes over what is too long, and says so', () => {
    const long = { delta: 'x'.repeat(300_000), usage: { output_tokens: 9000 } };
    const text = events({ usage: { input_tokens: 3, output_tokens: 1 } }, long);
    const usage = { input: 3, output: 1, cacheRead: 0, cacheWrite: 0 };
    assert.deepEqual(read(text, 'anthropic', true, 65_536), { usage, isWhole: false });
    assert.equal(read(JSON.stringify({ data: 'x'.repeat(300_000), usage: CHAT }), 'openai', false, 65_536), undefined);
  });

  test('reads the same however the bytes come, and never throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        assert.deepEqual(read(STREAM, 'anthropic', true, size), read(STREAM, 'anthropic', true));
      }),
    );
    const bytes = fc.array(fc.oneof(fc.uint8Array(), fc.constant(Buffer.from('\ndata:{"usage":{"input_tokens":1'))));
    fc.assert(
      fc.property(bytes, fc.boolean(), (chunks, isStream) => {
        const reader = new UsageReader('anthropic', isStream);
        for (const chunk of chunks) reader.push(chunk);
        reader.end();
      }),
    );
  });
});

suite('costOf()', () => {
  test('is the price of a million tokens of each kind, rounded up, and bounded', () => {
    const prices = { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 0 };
    assert.equal(costOf({ input: 10, output: 2, cacheRead: 1, cacheWrite: 99 }, prices), 30 + 30 + 1);
    assert.equal(costOf({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, prices), 0);
    assert.equal(costOf({ input: 2 ** 40, output: 0, cacheRead: 0, cacheWrite: 0 }, prices), 2 ** 40);
  });
});
