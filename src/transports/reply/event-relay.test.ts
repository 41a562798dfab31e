import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EventRelay } from './event-relay.ts';
import { type ExchangeOptions, exchangeWith, inWords, passingJudge, scriptedJudge } from './reply-exchange.fixture.ts';

const ANSWER = 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n';
const PROGRESS = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n';
const CANCELLED = 'data: {"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}\n\n';
const MODERN: ExchangeOptions = { call: { era: 'modern' } };
const GET: ExchangeOptions = { call: { kind: 'open-stream', id: undefined } };

/** What came out of a stream: the bytes, and how it ended; `wait` for one that did not. */
interface Relayed {
  readonly text: string;
  readonly ends: string;
}

/** Takes all that can be taken now. */
function take(relay: EventRelay): Relayed {
  const sent: Uint8Array[] = [];
  for (;;) {
    const step = relay.next();
    if (step.kind === 'send') sent.push(step.bytes);
    else {
      const text = Buffer.concat(sent).toString();
      return { text, ends: step.kind === 'ends-badly' ? inWords(step.ending) : step.kind };
    }
  }
}

/** Relays a whole stream in these chunks. */
function relayed(options: ExchangeOptions, ...chunks: readonly (string | Uint8Array)[]): Relayed {
  const relay = new EventRelay(exchangeWith(options), 200);
  let text = '';
  for (const chunk of chunks) {
    relay.push(Buffer.from(chunk));
    const taken = take(relay);
    text += taken.text;
    if (taken.ends !== 'wait') return { text, ends: taken.ends };
  }
  relay.end();
  const rest = take(relay);
  return { text: text + rest.text, ends: rest.ends };
}

const judge = scriptedJudge({
  'pass': { kind: 'pass' },
  'replace': { kind: 'replace', bytes: Buffer.from('another') },
  'drop': { kind: 'drop' },
  'reject': { kind: 'reject', reason: 'fault.internal' },
});

suite('EventRelay', () => {
  test('passes each block as it becomes complete, byte for byte', () => {
    const relay = new EventRelay(exchangeWith(), 200);
    relay.push(Buffer.from(`: hello\n\nid: 7\r\ndata: \r\n\r\n${PROGRESS}data: {"half`));
    assert.deepEqual(take(relay), { text: `: hello\n\nid: 7\r\ndata: \r\n\r\n${PROGRESS}`, ends: 'wait' });
    relay.push(Buffer.from('"'));
    assert.deepEqual(take(relay), { text: '', ends: 'wait' });
  });

  for (const [what, stream, text, ends] of [
    ['passes', 'data: pass\n\n', 'data: pass\n\n', 'over'],
    ['replaces', 'id: 3\ndata: replace\n\n', 'id: 3\ndata: another\n\n', 'over'],
    ['drops', 'data: pass\n\ndata: drop\n\ndata: pass\n\n', 'data: pass\n\ndata: pass\n\n', 'over'],
    [
      'ends at one that is rejected, after those before it',
      'data: pass\n\ndata: reject\n\ndata: pass\n\n',
      'data: pass\n\n',
      'replaced fault.internal 200',
    ],
  ] as const) {
    test(`${what} what the judge says`, () => assert.deepEqual(relayed({ ...GET, judge }, stream), { text, ends }));
  }

  for (const [what, options, stream, ends] of [
    ['answered', {}, PROGRESS + ANSWER, 'over'],
    ['whose last event is no answer', {}, ANSWER + PROGRESS, 'upstream-failed upstream.cut'],
    ['answered with an error', {}, 'data: {"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}\n\n', 'over'],
    ['not answered by anything', {}, '', 'upstream-failed upstream.cut'],
    ['not answered by progress', {}, PROGRESS, 'upstream-failed upstream.cut'],
    ['not answered by half an event', {}, ANSWER.trimEnd(), 'upstream-failed upstream.cut'],
    [
      'not answered by a question',
      {},
      'data: {"jsonrpc":"2.0","id":1,"method":"ping"}\n\n',
      'upstream-failed upstream.cut',
    ],
    ['not answered under another id', {}, ANSWER.replace('"id":1', '"id":"1"'), 'upstream-failed upstream.cut'],
    ['ended early by a legacy server that can go on', {}, `id: 1\n${PROGRESS}`, 'over'],
    [
      'ended early by one whose id its client does not get',
      {},
      `id: \u2028\n${PROGRESS}`,
      'upstream-failed upstream.cut',
    ],
    ['ended early by a modern server', MODERN, `id: 1\n${PROGRESS}`, 'upstream-failed upstream.cut'],
    ['of a subscription, cancelled by its server', MODERN, CANCELLED, 'over'],
    ['without a request', GET, PROGRESS, 'over'],
    ['without a request and without an event', GET, '', 'over'],
  ] as const) {
    test(`says ${ends} at the end of a stream ${what}`, () => assert.equal(relayed(options, stream).ends, ends));
  }

  test('ends at a block that is too large, complete or not, after those before it', () => {
    const large = `data: ${'x'.repeat(60)}`;
    for (const stream of [`: a\n\n${large}\n\n: b\n\n`, `: a\n\n${large}`]) {
      const ends = 'replaced reply.too-large 200';
      assert.deepEqual(relayed({ ...GET, maxReplyBytes: 50 }, stream), { text: ': a\n\n', ends });
    }
  });

  test('ends when there is no room for a chunk', () => {
    const ends = 'replaced overload.busy 200';
    assert.deepEqual(relayed({ ...GET, maxHeldBytes: 10 }, ': a\n\n', ': bbbbbbbbbb\n\n'), { text: ': a\n\n', ends });
  });

  test('says how it ended as often as it is asked, and takes nothing more', () => {
    const relay = new EventRelay(exchangeWith({ ...GET, judge }), 200);
    relay.push(Buffer.from('data: reject\n\ndata: pass\n\n'));
    const ended = { text: '', ends: 'replaced fault.internal 200' };
    assert.deepEqual(take(relay), ended);
    relay.push(Buffer.from('data: pass\n\n'));
    relay.end();
    assert.deepEqual(take(relay), ended);
  });

  test('judges a block only when it is taken: a reload in between counts', () => {
    let rules = judge;
    const exchange = { ...exchangeWith(GET), judge: () => rules };
    const relay = new EventRelay(exchange, 200);
    relay.push(Buffer.from('data: pass\n\ndata: pass\n\n'));
    assert.equal(relay.next().kind, 'send');
    rules = scriptedJudge({});
    assert.equal(relay.next().kind, 'ends-badly');
  });

  test('holds what is not complete, and counts what goes out', () => {
    const exchange = exchangeWith({ ...GET, judge });
    const relay = new EventRelay(exchange, 200);
    relay.push(Buffer.from('data: pass\n\ndata: drop\n\ndata: re'));
    assert.equal(exchange.budget.held(), 32);
    take(relay);
    assert.deepEqual(
      [exchange.budget.held(), exchange.outcome.replyBytes],
      ['data: re'.length, 'data: pass\n\n'.length],
    );
    relay.push(Buffer.from('place\n\n'));
    take(relay);
    assert.equal(exchange.budget.held(), 0);
    assert.equal(exchange.outcome.replyBytes, 'data: pass\n\ndata: another\n\n'.length);
  });

  test('refuses to lose blocks that were not taken', () => {
    const relay = new EventRelay(exchangeWith({ ...GET, judge }), 200);
    relay.push(Buffer.from('data: pass\n\ndata: pass\n\n'));
    relay.next();
    assert.throws(() => relay.push(Buffer.from('data: pass\n\n')), /not taken/);
    assert.throws(() => relay.end(), /not taken/);
  });

  test('lets nothing of a message out that was dropped or rejected, and nothing after that', () => {
    const said = fc.array(fc.constantFrom('pass', 'replace', 'drop', 'reject'), { maxLength: 12 });
    fc.assert(
      fc.property(said, (messages) => {
        const stream = messages.map((message) => `data: ${message}\n\n`).join('');
        const [before = ''] = stream.split('data: reject');
        const passed = before.replaceAll('data: drop\n\n', '').replaceAll('replace', 'another');
        assert.equal(relayed({ ...GET, judge }, stream).text, passed);
      }),
    );
  });

  test('says the same wherever the chunks begin and end', () => {
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    const field = fc.constantFrom(
      'data: pass',
      'data: replace',
      'data: drop',
      'data: reject',
      'data',
      'id: 4',
      ': note',
      '',
    );
    const stream = fc.array(fc.tuple(field, lineEnd), { maxLength: 20 }).map((lines) => lines.flat().join(''));
    const cuts = fc.array(fc.nat({ max: 250 }), { maxLength: 10 });
    fc.assert(
      fc.property(stream, cuts, fc.constantFrom<ExchangeOptions>(GET, {}, MODERN), (text, at, options) => {
        const bytes = Buffer.from(text);
        const borders = [0, ...at.filter((border) => border < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const chunks = borders.slice(1).map((border, before) => bytes.subarray(borders[before], border));
        const limits = { judge, maxReplyBytes: 60 };
        assert.deepEqual(relayed({ ...options, ...limits }, ...chunks), relayed({ ...options, ...limits }, bytes));
      }),
    );
  });

  test('passes every stream that is plain and pleases the judge byte for byte, whatever the chunks', () => {
    const block = fc.constantFrom(PROGRESS, ANSWER, ': note\n\n', 'id: 4\r\ndata: \r\n\r\n', 'retry: 10\n\n');
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), size, (blocks, chunkBytes) => {
        const bytes = Buffer.from(blocks.join(''));
        const count = Math.ceil(bytes.length / chunkBytes);
        const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes));
        const { text, ends } = relayed({ ...GET, judge: passingJudge() }, ...chunks);
        assert.deepEqual([text, ends], [bytes.toString(), 'over']);
      }),
    );
  });
});
