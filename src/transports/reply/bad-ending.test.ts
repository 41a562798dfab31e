import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deny } from '../../decision/verdict.ts';
import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import {
  badLastEvent,
  badReply,
  cancelled,
  replaced,
  reportBadEnding,
  upstreamFailed,
  withStandIn,
} from './bad-ending.ts';
import { type ExchangeFixture, exchangeWith } from './reply-exchange.fixture.ts';

const revoked = cancelled(deny('authenticate', 'token.revoked'));

/** The message in the one event that `bytes` are. */
function messageIn(bytes: Uint8Array): Record<string, unknown> {
  const text = Buffer.from(bytes).toString();
  return JSON.parse(/^event: message\ndata: (.*)\n\n$/.exec(text)?.[1] ?? assert.fail(text)) as Record<string, unknown>;
}

suite('badReply()', () => {
  for (const [what, ending, status] of [
    ['an error status of the upstream', replaced('upstream.status', 404), 404],
    ['no success of the upstream', replaced('reply.unreadable', 200), 503],
    ['its own status when the upstream gave none', upstreamFailed('upstream.cut'), 503],
    ['its own status when that is no failure', { ...revoked, upstreamStatus: 500 }, 401],
  ] as const) {
    test(`has ${what}`, () => assert.equal(badReply(exchangeWith(), ending).status, status));
  }

  test('answers under the id of the call, with the decision', () => {
    const reply = badReply(exchangeWith({ call: { id: 'seven' } }), upstreamFailed('upstream.timeout'));
    const { id, error } = JSON.parse(Buffer.from(reply.body).toString());
    assert.deepEqual([id, error.data.reason], ['seven', 'upstream.timeout']);
    assert.equal(error.data.decision_id, exchangeWith().received.decisionId);
  });
});

suite('withStandIn()', () => {
  const standIn = { rule: 'fixed', source: 'static', result: '{"content":[]}' } as const;
  const exchange = (): ExchangeFixture => exchangeWith({ fallbacks: { ...NO_FALLBACKS, failed: () => standIn } });

  test('has a result in the place of a failure, under the id of the call, and the outcome says both', () => {
    const failed = exchange();
    const ending = withStandIn(failed, upstreamFailed('upstream.timeout'));
    const { status, body } = badReply(failed, ending);
    assert.equal(status, 200);
    assert.equal(Buffer.from(body).toString(), '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    reportBadEnding(failed, ending);
    const [outcome] = failed.outcomes;
    assert.deepEqual(
      [outcome?.kind, outcome?.reason, outcome?.standIn],
      ['upstream-failed', 'upstream.timeout', standIn],
    );
  });

  test('leaves alone what was ended from here, and errors that are the caller’s', () => {
    for (const ending of [revoked, replaced('upstream.status', 404), replaced('upstream.status', 429)])
      assert.equal(withStandIn(exchange(), ending), ending);
    assert.notEqual(withStandIn(exchange(), replaced('upstream.status', 502)).standIn, undefined);
  });
});

suite('badLastEvent()', () => {
  test('answers the request of its stream', () => {
    const { id, error } = messageIn(badLastEvent(exchangeWith({ call: { id: 7 } }), revoked));
    assert.equal(id, 7);
    assert.equal((error as { data: { reason: string } }).data.reason, 'token.revoked');
  });

  for (const kind of ['open-stream', 'notification'] as const) {
    test(`is a log message on the stream of a ${kind}, which has no answer`, () => {
      const message = messageIn(badLastEvent(exchangeWith({ call: { kind, id: undefined } }), revoked));
      assert.deepEqual([message['id'], message['method']], [undefined, 'notifications/message']);
    });
  }
});

suite('reportBadEnding()', () => {
  test('reports once how it ended, with the reason and its cause for the operator', () => {
    const exchange = exchangeWith();
    exchange.outcome.replyBytes = 5;
    reportBadEnding(exchange, upstreamFailed('upstream.cut', new Error('reset')));
    reportBadEnding(exchange, replaced('reply.unreadable', 200));
    const [{ kind, replyBytes, operatorDetail } = assert.fail(), ...more] = exchange.outcomes;
    assert.deepEqual([kind, replyBytes, operatorDetail], ['upstream-failed', 5, 'upstream.cut: Error: reset']);
    assert.deepEqual(more, []);
  });

  test('reports the status of a reply that was replaced', () => {
    const exchange = exchangeWith();
    reportBadEnding(exchange, replaced('reply.too-large', 200));
    assert.partialDeepStrictEqual(exchange.outcomes, [
      { kind: 'replaced', httpStatus: 200, operatorDetail: 'reply.too-large' },
    ]);
  });
});
