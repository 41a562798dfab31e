import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { received as arrived } from '../../decision/facts.fixture.ts';
import type { Outcome, PassthroughRequest } from '../../decision/record.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { standingClock } from '../telemetry.fixture.ts';
import type { TracedRoute } from './call-trace.ts';
import type { FinishedSpan } from './finished-span.ts';
import { createIdSource } from './id-source.ts';
import type { KeptTrace } from './kept-trace.ts';
import { spanCount, spansOf } from './spans-of.ts';
import { TraceBook } from './trace-book.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const ROUTE: TracedRoute = {
  name: 'weather',
  prefix: '/weather',
  serves: 'tool',
  provider: undefined,
  upstream: '10.0.0.7:8080',
  trustTrace: false,
};
const received = { ...arrived, server: '', httpMethod: 'GET', headers: [['traceparent', PARENT]] as const };
const identity = { kind: 'token', principal: 'p', actor: 'agent-7' } as const;
const ANSWERED: Outcome = {
  decisionId: received.decisionId,
  kind: 'answered',
  httpStatus: 200,
  durationMs: 1,
  replyBytes: 2,
};

function setup(route: Partial<TracedRoute> = {}) {
  const kept: KeptTrace[] = [];
  const clock = standingClock();
  const book = new TraceBook({
    clock,
    ids: createIdSource(),
    sample: 1,
    slowMs: 1000,
    keptPerSecond: 10,
    serverOf: () => undefined,
    routeOf: (name) => (name === 'weather' ? { ...ROUTE, ...route } : undefined),
    onKept: (one) => kept.push(one),
    onLeftOut: () => {},
  });
  const options = { checks: 'spans', names: 'current', agentSpans: false, newSpanId: () => '1'.repeat(16) } as const;
  const pass = (more: Partial<PassthroughRequest> = {}): void =>
    book.passing({ received, route: 'weather', path: '/weather/today', identity, ...more });
  return {
    book,
    clock,
    pass,
    spans: (): readonly (readonly FinishedSpan[])[] =>
      kept.map((one) => {
        const spans = spansOf(one, options);
        assert.equal(spanCount(one, options), spans.length);
        return spans;
      }),
  };
}

const shown = ({ name, kind, failed }: FinishedSpan): readonly unknown[] => [name, kind, failed];

suite('plainSpans()', () => {
  test('are execute_tool, and below it the request by method and route', () => {
    const { book, clock, pass, spans } = setup();
    pass();
    clock.advance(2);
    const told = book.depart(received.decisionId);
    clock.advance(3);
    book.over(ANSWERED);
    const [[whole, request, ...others] = []] = spans();
    assert.deepEqual(others, []);
    assert.deepEqual(whole && shown(whole), ['execute_tool weather', 'internal', false]);
    assert.deepEqual(request && shown(request), ['GET /weather', 'client', false]);
    assert.equal(whole?.parent?.spanId, 'b7ad6b7169203331');
    assert.deepEqual([request?.parent?.spanId, request?.traceId], [whole.spanId, whole.traceId]);
    assert.equal(told?.traceparent, `00-${whole.traceId}-${request?.spanId}-01`);
    assert.deepEqual([(whole.endMs ?? 0) - (request?.startMs ?? 0), request?.endMs], [3, whole.endMs]);
    assert.equal(whole.attributes['gen_ai.tool.name'], 'weather');
    assert.equal(whole.attributes['gen_ai.agent.id'], 'agent-7');
    assert.equal('sallyport.decision.verdict' in whole.attributes, false);
    assert.deepEqual(request?.attributes, {
      'http.request.method': 'GET',
      'network.protocol.name': 'http',
      'http.response.status_code': 200,
      'sallyport.server': 'weather',
      'server.address': '10.0.0.7',
      'server.port': 8080,
    });
  });

  test('of another agent are invoke_agent, with its name and who asks it', () => {
    const { book, pass, spans } = setup({ serves: 'agent' });
    pass();
    book.depart(received.decisionId);
    book.over(ANSWERED);
    const [[whole] = []] = spans();
    assert.deepEqual(whole && shown(whole), ['invoke_agent weather', 'client', false]);
    assert.equal(whole?.attributes['gen_ai.agent.name'], 'weather');
    assert.equal(whole.attributes['sallyport.caller'], 'agent-7');
    assert.equal('gen_ai.agent.id' in whole.attributes, false);
  });

  test('of a model are what it is asked for, with the tokens that its reply says', () => {
    const { book, pass, spans } = setup({ serves: 'model', provider: 'openai' });
    const tokens = { input: 36, output: 20, cacheRead: 64, cacheWrite: 0 };
    for (const path of ['/weather/v1/chat/completions', '/weather/v1/files']) {
      pass({ path });
      book.depart(received.decisionId);
      book.over({ ...ANSWERED, tokens });
    }
    const [[chat] = [], [files] = []] = spans();
    assert.deepEqual(chat && shown(chat), ['chat', 'client', false]);
    assert.deepEqual(files && shown(files), ['GET /weather', 'client', false]);
    const { attributes = {} } = chat ?? {};
    assert.deepEqual(
      ['gen_ai.provider.name', 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'].map(
        (name) => attributes[name],
      ),
      ['openai', 100, 20],
    );
    assert.equal('gen_ai.operation.name' in (files?.attributes ?? {}), false);
  });

  test('have no request where none was sent', () => {
    const { book, pass, spans } = setup();
    book.refusing({ ...received, server: 'weather' }, {});
    book.refused(received, deny('authenticate', 'token.missing'));
    pass();
    book.refusing({ ...received, server: 'weather' }, {});
    book.refused(received, fault('record', 'record.unavailable', new Error('full')));
    const [denied, lost] = spans();
    assert.deepEqual(denied?.map(shown), [['execute_tool weather', 'internal', false]]);
    assert.equal(denied?.[0]?.attributes['sallyport.decision.reason'], 'token.missing');
    assert.deepEqual(lost?.map(shown), [['execute_tool weather', 'internal', true]]);
  });

  test('of one that failed upstream are told once, although its caller is refused then', () => {
    const { book, pass, spans } = setup();
    pass();
    book.depart(received.decisionId);
    book.over({ ...ANSWERED, kind: 'upstream-failed' });
    book.refusing({ ...received, server: 'weather' }, {});
    book.refused(received, fault('admit', 'upstream.unreachable'));
    const [failed, ...others] = spans();
    assert.deepEqual(others, []);
    assert.deepEqual(failed?.map(shown), [
      ['execute_tool weather', 'internal', true],
      ['GET /weather', 'client', true],
    ]);
  });

  test('have no name that a caller made up', () => {
    const { book, spans } = setup();
    book.passing({
      received: { ...received, httpMethod: 'x'.repeat(99) },
      route: 'weather',
      path: `/${'y'.repeat(99)}`,
    });
    book.depart(received.decisionId);
    book.over(ANSWERED);
    assert.deepEqual(
      spans()[0]?.map(({ name }) => name),
      ['execute_tool weather', 'HTTP /weather'],
    );
  });
});
