import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgeEmptyReply, judgeJsonReply, type JudgedBody, reportAnswered } from './judge-body.ts';
import { type ExchangeOptions, exchangeWith, inWords, scriptedJudge } from './reply-exchange.fixture.ts';

const NOTIFICATION: ExchangeOptions = { call: { kind: 'notification', id: undefined } };
const judge = scriptedJudge({
  'pass': { kind: 'pass' },
  'replace': { kind: 'replace', bytes: Buffer.from('another') },
  'drop': { kind: 'drop' },
  'reject': { kind: 'reject', reason: 'fault.internal' },
  '': { kind: 'pass' },
});

function inShort(judged: JudgedBody): string {
  if (judged.kind === 'ends-badly') return inWords(judged.ending);
  return `${judged.replaced ? 'replaced' : 'as it is'}: ${Buffer.from(judged.bytes).toString()}`;
}

suite('judgeJsonReply()', () => {
  const cases: readonly [body: string, status: number, options: ExchangeOptions, comesTo: string][] = [
    ['pass', 200, {}, 'as it is: pass'],
    ['pass', 500, {}, 'as it is: pass'],
    ['replace', 200, {}, 'replaced: another'],
    ['drop', 200, {}, 'replaced reply.unreadable 200'],
    ['reject', 200, {}, 'replaced fault.internal 200'],
    ['reject', 500, {}, 'replaced upstream.status 500'],
    ['drop', 404, {}, 'replaced upstream.status 404'],
    ['anything', 200, {}, 'replaced reply.unreadable 200'],
    ['', 200, {}, 'upstream-failed upstream.cut'],
    ['', 500, {}, 'replaced upstream.status 500'],
    ['', 200, NOTIFICATION, 'as it is: '],
    ['pass', 200, { maxReplyBytes: 4 }, 'as it is: pass'],
    ['pass', 200, { maxReplyBytes: 3 }, 'replaced reply.too-large 200'],
    ['pass', 400, { maxReplyBytes: 3 }, 'replaced reply.too-large 400'],
    ['pass', 200, { maxHeldBytes: 3 }, 'replaced overload.busy 200'],
  ];
  for (const [body, status, options, comesTo] of cases) {
    test(`makes '${comesTo}' of ${status} with ${body === '' ? 'nothing' : body} and ${JSON.stringify(options)}`, () => {
      const exchange = exchangeWith({ judge, ...options });
      assert.equal(inShort(judgeJsonReply(exchange, status, Buffer.from(body))), comesTo);
    });
  }

  test('passes the very bytes, holds them on the lease and counts what goes out', () => {
    const exchange = exchangeWith({ judge });
    const bytes = Buffer.from('pass');
    const judged = judgeJsonReply(exchange, 200, bytes);
    assert.equal(judged.kind === 'send' && judged.bytes, bytes);
    assert.equal(exchange.budget.held(), 4);
    assert.equal(exchange.outcome.replyBytes, 4);
    judgeJsonReply(exchange, 200, Buffer.from('replace'));
    assert.equal(exchange.outcome.replyBytes, 'another'.length);
  });
});

suite('judgeEmptyReply()', () => {
  for (const [body, options, comesTo] of [
    ['', NOTIFICATION, 'as it is: '],
    ['', { call: { kind: 'end-session', id: undefined } }, 'as it is: '],
    ['', {}, 'upstream-failed upstream.cut'],
    ['<p>', NOTIFICATION, 'replaced reply.unreadable 202'],
    ['<p>', {}, 'replaced reply.unreadable 202'],
  ] as const) {
    test(`makes '${comesTo}' of '${body}' to a ${JSON.stringify(options)}`, () =>
      assert.equal(inShort(judgeEmptyReply(exchangeWith(options), 202, Buffer.from(body))), comesTo));
  }
});

suite('reportAnswered()', () => {
  test('reports once, with what the reply said', () => {
    const exchange = exchangeWith({ judge });
    judgeJsonReply(exchange, 200, Buffer.from('pass'));
    reportAnswered(exchange, 200);
    reportAnswered(exchange, 500);
    const { decisionId } = exchange.received;
    assert.deepEqual(exchange.outcomes, [
      { decisionId, kind: 'answered', httpStatus: 200, durationMs: 0, replyBytes: 4, toolError: false },
    ]);
  });
});
