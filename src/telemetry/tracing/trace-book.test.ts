import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts, received } from '../../decision/facts.fixture.ts';
import type { Outcome } from '../../decision/record.ts';
import { deny } from '../../decision/verdict.ts';
import { standingClock } from '../telemetry.fixture.ts';
import { createIdSource } from './id-source.ts';
import type { KeptTrace } from './kept-trace.ts';
import { spanCount, spansOf } from './spans-of.ts';
import { TraceBook, type TraceBookOptions } from './trace-book.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const OTHER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const THIRD = '00-5bf92f3577b34da6a3ce929d0e0e4736-10f067aa0ba902b7-00';
const ANSWERED: Outcome = { decisionId: received.decisionId, kind: 'answered', durationMs: 1, replyBytes: 2 };

function setup(options: Partial<TraceBookOptions> & { readonly trustTrace?: boolean; readonly told?: boolean } = {}) {
  const clock = standingClock();
  const kept: KeptTrace[] = [];
  const leftOut: string[] = [];
  const { trustTrace = false, told = false } = options;
  const book = new TraceBook({
    clock,
    ids: createIdSource(),
    sample: 0,
    slowMs: 1000,
    keptPerSecond: 2,
    serverOf: () => ({ trustTrace, upstream: '10.0.0.7:3001', triesAreTold: told }),
    routeOf: () => undefined,
    onKept: (one) => kept.push(one),
    onLeftOut: (why) => leftOut.push(why),
    ...options,
  });
  return { book, clock, kept, leftOut };
}

/** A call that was allowed and has left. */
function allow(book: TraceBook, decisionId = received.decisionId, headers = received.headers): void {
  book.begin({ ...received, decisionId });
  book.cleared({ ...facts, call: { ...facts.call, decisionId, headers } });
  book.recorded({ decisionId });
  book.depart(decisionId);
}

suite('TraceBook', () => {
  test('keeps nothing of a call that was neither sampled nor remarkable', () => {
    const { book, kept } = setup();
    allow(book);
    book.over(ANSWERED);
    assert.deepEqual(kept, []);
    assert.equal(book.idsOf(received.decisionId), undefined);
  });

  test('keeps refusals, errors and slow calls, and says why', () => {
    const { book, kept, clock } = setup({ keptPerSecond: 10 });
    book.refusing(received, {});
    book.refused(received, deny('read', 'json.syntax'));
    const endings: readonly Omit<Outcome, 'decisionId' | 'durationMs' | 'replyBytes'>[] = [
      { kind: 'upstream-failed' },
      { kind: 'answered', toolError: true },
      { kind: 'answered', rpcErrorCode: -32_603, toolError: true },
      { kind: 'cancelled' },
      { kind: 'unknown' },
    ];
    for (const ending of endings) {
      allow(book);
      book.over({ ...ANSWERED, ...ending });
    }
    allow(book);
    clock.advance(1001);
    book.over(ANSWERED);
    assert.deepEqual(
      kept.map(({ keptFor }) => keptFor),
      ['refusal', 'error', 'error', 'error', 'slow'],
    );
  });

  test('keeps so many a second for that and no more, and counts what it leaves out', () => {
    const { book, kept, leftOut, clock } = setup();
    const refuse = (): void => {
      book.refusing(received, {});
      book.refused(received, deny('read', 'json.syntax'));
    };
    for (let calls = 0; calls < 5; calls += 1) refuse();
    assert.deepEqual([kept.length, leftOut], [2, ['rate', 'rate', 'rate']]);
    clock.advance(1000);
    refuse();
    assert.equal(kept.length, 3);
  });

  test('samples by itself, whatever its caller says, unless it trusts it', () => {
    const place = (options: Parameters<typeof setup>[0]) => {
      const { book } = setup(options);
      allow(book, received.decisionId, [
        ['traceparent', PARENT],
        ['tracestate', 'a=1'],
        ['tracestate', 'b=2'],
      ]);
      return book.depart(received.decisionId);
    };
    const untrusted = place({ sample: 0 });
    assert.match(untrusted?.traceparent ?? '', new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    assert.equal(untrusted?.tracestate, undefined);
    assert.match(place({ sample: 1 })?.traceparent ?? '', /-01$/);
    const trusted = place({ sample: 0, trustTrace: true });
    assert.match(trusted?.traceparent ?? '', /-01$/);
    assert.equal(trusted?.tracestate, 'a=1,b=2');
  });

  test('takes the place in the message before that of the proxy before that of the header, and links the others', () => {
    const { book, kept } = setup({ sample: 1 });
    const [parent, proxy, header] = [PARENT, OTHER, THIRD];
    book.begin({ ...received, askedIn: { traceparent: proxy, tracestate: undefined } });
    const params = new Map([['_meta', new Map([['traceparent', parent]])]]);
    book.cleared({ ...facts, call: { ...facts.call, params, headers: [['traceparent', header]] } });
    book.over(ANSWERED);
    const [{ place } = assert.fail('nothing was kept')] = kept;
    assert.equal(place.parent?.spanId, parent.slice(36, 52));
    assert.deepEqual(
      place.links.map(({ spanId }) => spanId),
      [proxy, header].map((one) => one.slice(36, 52)),
    );
  });

  test('takes two headers for no place, and one place named twice for one', () => {
    const { book, kept } = setup({ sample: 1 });
    allow(book, received.decisionId, [
      ['traceparent', PARENT],
      ['traceparent', OTHER],
    ]);
    book.over(ANSWERED);
    assert.equal(kept[0]?.place.parent, undefined);
    book.begin({ ...received, askedIn: { traceparent: PARENT, tracestate: undefined } });
    book.cleared({ ...facts, call: { ...facts.call, headers: [['traceparent', PARENT]] } });
    book.over(ANSWERED);
    assert.deepEqual(kept[1]?.place.links, []);
  });

  test('takes the time of each check once, also when an open stream asks it again', () => {
    const { book, kept, clock } = setup({ sample: 1 });
    book.begin(received);
    for (let check = 1; check < 13; check += 1) {
      clock.advance(1);
      book.mark(received.decisionId, check);
    }
    book.cleared(facts);
    book.recorded(facts.call);
    book.mark(received.decisionId, 2);
    book.over(ANSWERED);
    assert.deepEqual(kept[0]?.trace.marks, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('waits for what is told of tries, and not when somebody has told', () => {
    const { book, kept } = setup({ sample: 1, told: true });
    const attempt = { startedAtMs: 1, durationMs: 2, upstream: undefined, httpStatus: 200, failure: undefined };
    allow(book);
    book.over(ANSWERED);
    assert.equal(kept.length, 0);
    book.attempted(received.decisionId, attempt);
    assert.equal(kept[0]?.trace.attempts.length, 1);
    allow(book);
    book.attempted(received.decisionId, attempt);
    book.over(ANSWERED);
    assert.equal(kept.length, 2);
    allow(book);
    book.over(ANSWERED);
    book.close();
    assert.equal(kept.length, 3);
    book.attempted('nobody', attempt);
  });

  test('knows nothing of a call that nobody began, and takes no harm', () => {
    const { book, kept } = setup({ sample: 1 });
    book.mark('nobody', 3);
    book.cleared(facts);
    book.recorded(facts.call);
    assert.equal(book.depart('nobody'), undefined);
    book.over(ANSWERED);
    assert.deepEqual(kept, []);
  });
});

suite('spansOf()', () => {
  const options = { checks: 'spans', names: 'current', agentSpans: false, newSpanId: () => '1'.repeat(16) } as const;

  test('makes no name of what a caller made up', () => {
    const { book, kept } = setup({ sample: 1 });
    const call = { ...facts.call, target: { kind: 'tool', name: 'x'.repeat(5000) } as const };
    book.refusing(received, { call });
    book.refused(received, deny('tool', 'tool.unknown'));
    const [span] = spansOf(kept[0] ?? assert.fail('nothing was kept'), options);
    assert.equal(span?.name, 'tools/call');
    assert.ok(String(span.attributes['gen_ai.tool.name']).length < 300);
  });

  test('gives the names of conventions 1.37 in place of those of today or beside them, as is wished', () => {
    const { book, kept } = setup({ sample: 1 });
    allow(book);
    book.over(ANSWERED);
    const [trace = assert.fail('nothing was kept')] = kept;
    const [today] = spansOf(trace, options);
    const [then] = spansOf(trace, { ...options, names: 'v1.37' });
    const [both] = spansOf(trace, { ...options, names: 'both' });
    const of137 = {
      'rpc.system': 'jsonrpc',
      'rpc.method': 'tools/call',
      'rpc.jsonrpc.version': '2.0',
      'rpc.jsonrpc.request_id': '1',
    };
    const { 'mcp.method.name': method, 'jsonrpc.request.id': id, ...others } = today?.attributes ?? {};
    assert.deepEqual([method, id], ['tools/call', '1']);
    assert.deepEqual(then?.attributes, { ...others, ...of137 });
    assert.deepEqual({ ...both?.attributes, ...today?.attributes, ...of137 }, both?.attributes);
    assert.equal(both?.attributes['mcp.tool.name'], 'read_file');
  });

  test('gives the code of an error as the conventions that are wished have it', () => {
    const { book, kept } = setup({ sample: 1 });
    allow(book);
    book.over({ ...ANSWERED, rpcErrorCode: -32_603 });
    const [trace = assert.fail('nothing was kept')] = kept;
    const [today] = spansOf(trace, options);
    const [then] = spansOf(trace, { ...options, names: 'v1.37' });
    assert.equal(today?.attributes['rpc.response.status_code'], '-32603');
    assert.equal(then?.attributes['rpc.jsonrpc.error_code'], -32_603);
    assert.equal('rpc.response.status_code' in then.attributes, false);
  });

  test('infers a span of an agent that says nothing of a trace, where that is wished, and of nobody else', () => {
    const { book, kept } = setup({ sample: 1 });
    const identity = { kind: 'token', principal: 'p', actor: 'agent-7' } as const;
    const callOf = (who: typeof facts.identity, headers: typeof received.headers): void => {
      book.begin(received);
      book.cleared({ ...facts, identity: who, call: { ...facts.call, headers } });
      book.recorded(received);
      book.over(ANSWERED);
    };
    callOf(identity, []);
    callOf(identity, [['traceparent', PARENT]]);
    callOf(facts.identity, []);
    const [first, ...others] = kept.map((one) => spansOf(one, { ...options, checks: 'none', agentSpans: true }));
    const [agent, call] = first ?? [];
    assert.deepEqual(
      [agent?.name, agent?.kind, agent?.parent, call?.name],
      ['invoke_agent', 'internal', undefined, 'tools/call read_file'],
    );
    assert.deepEqual(
      [call?.parent?.spanId, call?.parentIsRemote, call?.traceId],
      [agent?.spanId, false, agent?.traceId],
    );
    assert.deepEqual([agent?.startMs, agent?.endMs], [call?.startMs, call?.endMs]);
    assert.deepEqual(agent?.attributes, {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': 'agent-7',
      'sallyport.inferred': true,
    });
    for (const spans of others)
      assert.deepEqual(
        spans.map(({ kind }) => kind),
        ['server'],
      );
    assert.deepEqual(spansOf(kept[0] ?? assert.fail('nothing was kept'), options)[0]?.kind, 'server');
  });

  test('are as many as spanCount() says, whatever became of the call', () => {
    const { book, kept } = setup({ sample: 1 });
    const identity = { kind: 'token', principal: 'p', actor: 'agent-7' } as const;
    const attempt = { startedAtMs: 1, durationMs: 1, upstream: undefined, httpStatus: 503, failure: undefined };
    for (const kind of ['answered', 'upstream-failed', 'cancelled', 'undelivered', 'replaced', 'unknown'] as const)
      for (const [tries, leaves] of [
        [0, true],
        [1, true],
        [3, true],
        [0, false],
      ] as const) {
        book.begin(received);
        book.mark(received.decisionId, 1);
        book.cleared({ ...facts, identity });
        book.recorded(received);
        for (const _ of leaves ? [1] : []) book.depart(received.decisionId);
        for (let at = 0; at < tries; at += 1) book.attempted(received.decisionId, attempt);
        book.over({ ...ANSWERED, kind });
      }
    book.refusing(received, {});
    book.refused(received, deny('read', 'json.syntax'));
    assert.equal(kept.length, 25);
    for (const one of kept)
      for (const checks of ['spans', 'events', 'none'] as const)
        for (const agentSpans of [true, false]) {
          const wished = { ...options, checks, agentSpans };
          assert.equal(spanCount(one, wished), spansOf(one, wished).length);
        }
  });

  test('says where the tool server is, and no trip of a call that never left', () => {
    const { book, kept } = setup({ sample: 1 });
    allow(book);
    book.over(ANSWERED);
    allow(book);
    book.over({ ...ANSWERED, kind: 'undelivered' });
    const [left, stayed] = kept.map((one) => spansOf(one, { ...options, checks: 'none' }));
    assert.deepEqual(
      left?.map(({ kind }) => kind),
      ['server', 'client'],
    );
    assert.deepEqual([left?.[1]?.attributes['server.address'], left[1]?.attributes['server.port']], ['10.0.0.7', 3001]);
    assert.deepEqual(
      stayed?.map(({ kind }) => kind),
      ['server'],
    );
  });
});
