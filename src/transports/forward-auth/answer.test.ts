import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { facts } from '../../decision/facts.fixture.ts';
import type { Reply } from '../refusal/reply.ts';
import { allowReply, refusalReply } from './answer.ts';

const NOTHING = { forwardHeaders: new Set<string>() };

function headersOf({ headers }: Reply): ReadonlyMap<string, string> {
  return new Map(headers);
}

function replied(status: number, text = '{}'): Reply {
  return { status, headers: [['content-type', 'application/json']], body: Buffer.from(text) };
}

suite('allowReply()', () => {
  test('names what to set, with values, and what to remove', () => {
    const headers = [
      ['authorization', 'Bearer x'],
      ['accept', '*/*'],
      ['mcp-session-id', 'sealed'],
      ['cookie', 'a=b'],
    ] as const;
    const answer = allowReply(
      {
        ...facts,
        call: { ...facts.call, headers },
        handles: { edits: [], headers: new Map([['mcp-session-id', 'own']]) },
      },
      NOTHING,
    );
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.fromEntries(headersOf(answer)), {
      'sallyport-verdict': 'allowed',
      'sallyport-set': 'sallyport-decision-id, mcp-session-id',
      'sallyport-remove': 'authorization, cookie',
      'sallyport-decision-id': facts.call.decisionId,
      'mcp-session-id': 'own',
      'cache-control': 'no-store',
    });
  });

  for (const name of [
    'sallyport-verdict',
    'Sallyport-Set',
    'sallyport-remove',
    'set-cookie',
    'content-length',
    'host',
  ]) {
    test(`does not send a credential under the name ${name}`, () => {
      assert.throws(
        () => allowReply({ ...facts, credential: { kind: 'header', name, value: 'x' } }, NOTHING),
        RangeError,
      );
    });
  }
});

suite('refusalReply()', () => {
  test('is never one of the statuses that let a request pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), fc.constantFrom('as_is', 'auth_request'), (status, statuses) => {
        const answer = refusalReply(replied(status), statuses);
        assert.ok(answer.status >= 400 && answer.status <= 599);
        assert.equal(headersOf(answer).get('sallyport-status'), String(status));
        assert.equal(headersOf(answer).get('sallyport-verdict'), 'refused');
      }),
    );
  });

  test('keeps every other status as it is', () => {
    for (const status of [400, 401, 403, 404, 405, 413, 503])
      assert.equal(refusalReply(replied(status), 'as_is').status, status);
  });

  test('is 401 or 403 for auth_request, which knows no other', () => {
    const statuses = [200, 401, 403, 404, 405, 503].map(
      (status) => refusalReply(replied(status), 'auth_request').status,
    );
    assert.deepEqual(statuses, [403, 401, 403, 403, 403, 403]);
  });

  test('says the body in a header field too where the body is dropped, in ASCII and as the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const body = JSON.stringify({ text });
        const said = headersOf(refusalReply(replied(200, body), 'auth_request')).get('sallyport-reply') ?? '';
        assert.match(said, /^[\x20-\x7e]+$/);
        assert.deepEqual(JSON.parse(said), JSON.parse(Buffer.from(body).toString()));
      }),
    );
    assert.equal(headersOf(refusalReply(replied(200), 'as_is')).has('sallyport-reply'), false);
  });

  test('leaves out a body that is too long for a header field, and still refuses', () => {
    const answer = refusalReply(replied(200, JSON.stringify('x'.repeat(10_000))), 'auth_request');
    assert.deepEqual([answer.status, headersOf(answer).has('sallyport-reply')], [403, false]);
  });
});
