import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../../decision/facts.fixture.ts';
import type { Outcome } from '../../decision/record.ts';
import { fault } from '../../decision/verdict.ts';
import type { OutcomeOnce } from '../reply/outcome-once.ts';
import { otherAfter, withOther } from './other-server.ts';
import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import { serverOf, startProxy } from './proxy.fixture.ts';
import { answerJson, startUpstream, until } from './upstream.fixture.ts';

const second = serverOf(new URL('http://127.0.0.1:1/mcp'), { name: 'second' });
const known = { ...facts, target: { ...facts.target, idempotent: true } };

function outcomeOf(): OutcomeOnce {
  return { replyBytes: 0, retryAfterMs: 7000, report() {} };
}

suite('otherAfter()', () => {
  test('tells the breaker of the first server how it failed, and for how long it asked not to be called', () => {
    const failed: Outcome[] = [];
    using held = new DisposableStack();
    const elsewhere = { rule: 'other', server: 'second', reason: 'upstream.status' } as const;
    const assembly = {
      fallbacks: { elsewhere: () => elsewhere },
      others: { take: () => elsewhere },
      furtherAttempts: { failed: (outcome: Outcome) => void failed.push(outcome), mayTry: () => true },
      serverNamed: () => second,
    };
    const ending = { refusal: fault('record', 'upstream.status'), outcome: 'replaced', upstreamStatus: 503 } as const;
    const exchange = { facts: known, received: facts.call, outcome: outcomeOf() };
    assert.equal(otherAfter(assembly, exchange, ending, held)?.server, second);
    assert.partialDeepStrictEqual(failed, [{ kind: 'replaced', httpStatus: 503, retryAfterMs: 7000 }]);
  });
});

suite('withOther()', () => {
  const other = (idempotent?: boolean) => {
    const outcome = outcomeOf();
    const exchange = {
      facts: known,
      received: { decisionId: 'd' },
      outcome,
      fallbacks: {},
      judge: () => assert.fail(),
    };
    const elsewhere = { rule: 'other', server: 'second', reason: 'upstream.status' } as const;
    return withOther(exchange as never, second, idempotent === undefined ? elsewhere : { ...elsewhere, idempotent });
  };

  test('forgets for how long the first server asked not to be called', () => {
    assert.equal(other().outcome.retryAfterMs, undefined);
  });

  test('lets a call be made twice only where the tool of that server is pinned so', () => {
    assert.deepEqual(
      [other(), other(false), other(true)].map(({ facts: { target } }) => target.idempotent),
      [false, false, true],
    );
  });
});

suite('a call that waits for a connection to another server', () => {
  const BODY = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } };
  const post = (url: URL): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' },
      body: JSON.stringify(BODY),
    });

  test('is not sent there when a reload came meanwhile', async () => {
    const held: (() => void)[] = [];
    await using one = await startUpstream((response) => void response.destroy());
    await using other = await startUpstream((response, reached) => void held.push(() => answerJson(response, reached)));
    const elsewhere = () => ({ rule: 'other', server: 'second', reason: 'upstream.unreachable' }) as const;
    let taken = 0;
    const take = () => {
      taken += 1;
      return elsewhere();
    };
    const upstream = { url: other.url, maxConnections: 1, maxPending: 9 };
    const servers = [serverOf(one.url), serverOf(other.url, { name: 'second', route: '/second', upstream })];
    const assembly = { servers, others: { take }, fallbacks: { ...NO_FALLBACKS, elsewhere } };
    await using proxy = await startProxy({ upstream: one.url, assembly });
    const occupying = post(new URL('/second', proxy.url));
    await until(() => held.length === 1);
    const waiting = post(proxy.url);
    await until(() => taken === 1);
    proxy.reload({});
    held[0]?.();
    await occupying;
    assert.match(await (await waiting).text(), /fault\.reloaded/);
    assert.equal(held.length, 1);
  });
});
