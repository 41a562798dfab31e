import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { HeaderList } from '../../call/received.ts';
import { facts } from '../../decision/facts.fixture.ts';
import { type JudgedHead, judgeReplyHead } from './judge-head.ts';
import { type ExchangeOptions, exchangeWith, inWords } from './reply-exchange.fixture.ts';
import { replyHeadersIn } from './reply-headers.ts';

const JSON_TYPE: HeaderList = [['content-type', 'application/json']];
const EVENTS_TYPE: HeaderList = [['content-type', 'text/event-stream']];
const NOTIFICATION: ExchangeOptions = { call: { kind: 'notification', id: undefined } };
const INITIALIZE: ExchangeOptions = { call: { operation: 'initialize', treatment: 'session' } };
const IN_SESSION: ExchangeOptions = {
  call: { headers: [['mcp-session-id', 'sealed-s1']] },
  facts: { handles: { ...facts.handles, upstreamSession: 's1' } },
};

function inShort(head: JudgedHead): string {
  return head.kind === 'body' ? head.form : inWords(head.ending);
}

function judged(status: number, headers: HeaderList, options: ExchangeOptions = {}): string {
  return inShort(judgeReplyHead(exchangeWith(options), status, replyHeadersIn(headers)));
}

/** The header fields that the client gets; none when the reply ends badly. */
function returned(head: JudgedHead): HeaderList {
  return head.kind === 'body' ? head.headers : [];
}

function sessionShown(options: ExchangeOptions, status: number, ...ids: readonly string[]): string | undefined {
  const fields = ids.map((id) => ['mcp-session-id', id] as const);
  const head = judgeReplyHead(exchangeWith(options), status, replyHeadersIn([...JSON_TYPE, ...fields]));
  return head.kind === 'ends-badly'
    ? inWords(head.ending)
    : head.headers.find(([name]) => name === 'mcp-session-id')?.[1];
}

suite('judgeReplyHead()', () => {
  const cases: readonly [status: number, headers: HeaderList, options: ExchangeOptions, comesTo: string][] = [
    [200, JSON_TYPE, {}, 'json'],
    [200, [['content-type', 'Application/JSON; charset=utf-8']], {}, 'json'],
    [400, JSON_TYPE, {}, 'json'],
    [404, JSON_TYPE, {}, 'json'],
    [500, JSON_TYPE, {}, 'json'],
    [200, EVENTS_TYPE, {}, 'events'],
    [200, EVENTS_TYPE, NOTIFICATION, 'events'],
    [400, EVENTS_TYPE, {}, 'replaced upstream.status 400'],
    [200, [], {}, 'empty'],
    [200, [['content-type', 'text/html']], {}, 'empty'],
    [200, [['content-type', 'application/json-seq']], {}, 'empty'],
    [202, [], NOTIFICATION, 'empty'],
    [204, [], { call: { kind: 'end-session', id: undefined } }, 'empty'],
    [405, [], { call: { kind: 'open-stream', id: undefined } }, 'replaced upstream.status 405'],
    [500, [['content-type', 'text/html']], {}, 'replaced upstream.status 500'],
    [202, JSON_TYPE, {}, 'upstream-failed upstream.cut'],
    [204, JSON_TYPE, {}, 'upstream-failed upstream.cut'],
    [205, EVENTS_TYPE, {}, 'upstream-failed upstream.cut'],
    [202, JSON_TYPE, NOTIFICATION, 'json'],
    [300, JSON_TYPE, {}, 'upstream-failed upstream.redirect'],
    [307, [['location', 'https://elsewhere.example/']], {}, 'upstream-failed upstream.redirect'],
    [399, JSON_TYPE, {}, 'upstream-failed upstream.redirect'],
    [401, JSON_TYPE, {}, 'upstream-failed upstream.credential'],
    [403, JSON_TYPE, {}, 'upstream-failed upstream.credential'],
    [407, JSON_TYPE, {}, 'upstream-failed upstream.credential'],
    [200, [...JSON_TYPE, ['content-encoding', 'gzip']], {}, 'replaced reply.unreadable 200'],
    [200, [...EVENTS_TYPE, ['content-encoding', 'br']], {}, 'replaced reply.unreadable 200'],
    [200, [...JSON_TYPE, ['content-encoding', 'identity']], {}, 'json'],
    [
      200,
      [...JSON_TYPE, ['content-encoding', 'identity'], ['content-encoding', 'gzip']],
      {},
      'replaced reply.unreadable 200',
    ],
    [200, [...JSON_TYPE, ...EVENTS_TYPE], {}, 'empty'],
  ];
  for (const [status, headers, options, comesTo] of cases) {
    const asked = options.call?.kind ?? 'request';
    test(`finds ${comesTo} in ${status} ${JSON.stringify(headers)} to a ${asked}`, () =>
      assert.equal(judged(status, headers, options), comesTo));
  }

  test('returns only what clients need of the header fields', () => {
    const sent: HeaderList = [
      ...JSON_TYPE,
      ['cache-control', 'no-store'],
      ['retry-after', '3'],
      ['allow', 'POST'],
      ['set-cookie', 'a=1'],
      ['www-authenticate', 'Basic'],
      ['access-control-allow-origin', '*'],
      ['location', '/'],
      ['transfer-encoding', 'chunked'],
      ['content-length', '7'],
      ['sallyport-decision-id', 'forged'],
      ['x-accel-buffering', 'yes'],
    ];
    const head = judgeReplyHead(exchangeWith(), 200, replyHeadersIn(sent));
    assert.deepEqual(returned(head), [
      ['sallyport-decision-id', facts.call.decisionId],
      ['allow', 'POST'],
      ['cache-control', 'no-store'],
      ['content-type', 'application/json'],
      ['retry-after', '3'],
    ]);
  });

  test('returns no field that came more than once: readers differ on which counts', () => {
    const sent: HeaderList = [...JSON_TYPE, ['cache-control', 'no-store'], ['cache-control', 'public']];
    const names = returned(judgeReplyHead(exchangeWith(), 200, replyHeadersIn(sent))).map(([name]) => name);
    assert.deepEqual(names, ['sallyport-decision-id', 'content-type']);
  });

  test('asks proxies not to buffer events, and names no media type where there is no body', () => {
    const events = judgeReplyHead(exchangeWith(), 200, replyHeadersIn(EVENTS_TYPE));
    assert.deepEqual(returned(events).at(-1), ['x-accel-buffering', 'no']);
    const other = [['content-type', 'application/json;x=y;Charset = utf-7']] as const;
    const unicode = [['content-type', 'application/json;charset="UTF-8"']] as const;
    const typesOf = (list: HeaderList): unknown => {
      const head = judgeReplyHead(exchangeWith(NOTIFICATION), 200, replyHeadersIn(list));
      return head.kind === 'body' && head.headers.find(([name]) => name === 'content-type')?.[1];
    };
    assert.deepEqual([typesOf(other), typesOf(unicode)], ['application/json', unicode[0][1]]);
    const empty = judgeReplyHead(exchangeWith(NOTIFICATION), 202, replyHeadersIn([['content-type', 'text/plain']]));
    assert.deepEqual(returned(empty), [['sallyport-decision-id', facts.call.decisionId]]);
  });
});

suite('the session in a reply', () => {
  for (const [what, options, status, ids, shown] of [
    ['that initialize opened is shown sealed', INITIALIZE, 200, ['s1'], 'sealed-s1'],
    ['that the server repeats is shown as the caller sent it', IN_SESSION, 200, ['s1'], 'sealed-s1'],
    ['that is not the one of the call is not shown', IN_SESSION, 200, ['s2'], undefined],
    ['that nobody asked for is not shown', {}, 200, ['s1'], undefined],
    ['is not shown with an error', INITIALIZE, 400, ['s1'], undefined],
    ['of the modern era is not shown', { call: { ...INITIALIZE.call, era: 'modern' } }, 200, ['s1'], undefined],
    ['with a space in it is unusable', INITIALIZE, 200, ['s 1'], 'replaced reply.unreadable 200'],
    ['that is empty is unusable', INITIALIZE, 200, [''], 'replaced reply.unreadable 200'],
    ['that is too long is unusable', INITIALIZE, 200, ['s'.repeat(1025)], 'replaced reply.unreadable 200'],
    ['named twice is unusable', INITIALIZE, 200, ['s1', 's2'], 'replaced reply.unreadable 200'],
    [
      'beyond what its caller may have is refused',
      { ...INITIALIZE, maxSessions: 0 },
      200,
      ['s1'],
      'replaced session.too-many',
    ],
  ] as const) {
    test(what, () => assert.equal(sessionShown(options, status, ...ids), shown));
  }

  test('is handed out to be ended when its caller may not have it', () => {
    const exchange = exchangeWith({ ...INITIALIZE, maxSessions: 0 });
    const head = judgeReplyHead(exchange, 200, replyHeadersIn([...JSON_TYPE, ['mcp-session-id', 's1']]));
    assert.equal(head.kind === 'ends-badly' && head.strandedSession, 's1');
  });

  for (const [status, options, heard] of [
    [404, IN_SESSION, ['end']],
    [404, {}, []],
    [200, IN_SESSION, []],
    [410, IN_SESSION, []],
  ] as const) {
    test(`is ended here by ${status} as ${JSON.stringify(heard)}`, () => {
      const exchange = exchangeWith(options);
      judgeReplyHead(exchange, status, replyHeadersIn(JSON_TYPE));
      assert.deepEqual(exchange.sessionsHeard, heard);
    });
  }

  test('is bound to nobody when the reply is refused for its status or coding', () => {
    const exchange = exchangeWith(INITIALIZE);
    const fields: HeaderList = [['mcp-session-id', 's1'], ...JSON_TYPE];
    judgeReplyHead(exchange, 202, replyHeadersIn(fields));
    judgeReplyHead(exchange, 200, replyHeadersIn([...fields, ['content-encoding', 'gzip']]));
    assert.deepEqual(exchange.sessionsHeard, []);
  });
});
