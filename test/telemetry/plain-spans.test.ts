import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { createIssuer, type Issuer } from '../e2e/issuer.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { refusals } from '../envoy/outcomes.ts';
import { close, listen } from '../servers/listen.ts';
import type { ReceivedSpan } from './received-span.ts';
import { type SpanReceiver, startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const USAGE = '{"usage":{"prompt_tokens":45,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":15}}}';
const BUDGET =
  'budget: { name: llm, cost: 100000, unit: tokens, by: everyone, reserve: 10, price: { input: 1000000, output: 1000000 } }';

/** A server of plain HTTP that remembers what it was asked with. `/gone` is answered by nothing. */
async function startPlain() {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    if (request.url?.endsWith('/gone') === true) return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(USAGE);
  });
  const url = await listen(server);
  return { url: new URL('/', url), seen, [Symbol.asyncDispose]: () => close(server) };
}

/** A Sallyport with a route to a tool, another to an agent, and a third to a model, for callers with a token of `issuer`. */
async function startRoutes(upstream: URL, receiver: SpanReceiver, issuer: Issuer) {
  await using undo = new AsyncDisposableStack();
  const tools = undo.use(await startSeen());
  const lines = (name: string, more: readonly string[]): readonly string[] => [
    `  ${name}:`,
    ...[
      'identity: token',
      `resource: https://here.example/${name}`,
      `route: /${name}`,
      `upstream: ${upstream.href}`,
      ...more,
    ].map((line) => `    ${line}`),
  ];
  const sallyport = await startSallyport({
    servers: { files: tools.url },
    telemetry: [`tracing: { otlp: ${receiver.otlp}, sample: 1, agent_spans: true }`],
    files: { 'jwks.json': issuer.jwks },
    more: [
      `authenticate: { issuers: [{ issuer: "${issuer.name}", jwks: { file: jwks.json }, algorithms: [EdDSA] }] }`,
      'passthrough:',
      ...lines('weather', []),
      ...lines('planner', ['serves: agent']),
      ...lines('llm', ['usage: openai', BUDGET]),
      '',
    ].join('\n'),
  });
  undo.defer(() => sallyport.close());
  const started = undo.move();
  return { sallyport, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

suite('spans of plain HTTP', () => {
  let upstream: Awaited<ReturnType<typeof startPlain>>;
  let receiver: SpanReceiver;
  let routes: Awaited<ReturnType<typeof startRoutes>>;
  let issuer: Issuer;
  let sallyport: StartedSallyport;
  before(async () => {
    upstream = await startPlain();
    receiver = await startHttpReceiver();
    issuer = await createIssuer();
    routes = await startRoutes(upstream.url, receiver, issuer);
    ({ sallyport } = routes);
  });
  after(async () => {
    await routes[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** Asks as an agent, with or without a trace of its own. */
  async function ask(path: string, init: { method?: string; trace?: string; token?: string } = {}): Promise<number> {
    const { method = 'GET', trace, token } = init;
    const [, name = ''] = path.split('/');
    const bearer =
      token ??
      (await issuer.token({
        subject: 'someone',
        audience: `https://here.example/${name}`,
        claims: { act: { sub: 'agent-7' } },
      }));
    const response = await fetch(new URL(path, sallyport.url('files')), {
      method,
      ...(method === 'POST' ? { body: '{}' } : {}),
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(trace === undefined ? {} : { traceparent: `00-${trace}-${PARENT}-01`, tracestate: 'a=1' }),
      },
    });
    await response.text();
    return response.status;
  }
  const ofTrace =
    (trace: string): ((spans: readonly ReceivedSpan[]) => readonly ReceivedSpan[]) =>
    (spans) =>
      spans.filter(({ traceId }) => traceId === trace);
  /** The spans of a trace, the first of them the one that `parent` is above, as soon as there are so many. */
  async function spansOf(trace: string, count: number): Promise<readonly ReceivedSpan[]> {
    const of = ofTrace(trace);
    return of(await receiver.until((all) => of(all).length === count));
  }

  test('are execute_tool and the request below it, whose place the tool is told', async () => {
    upstream.seen.splice(0);
    const fromMs = Date.now();
    assert.equal(await ask('/weather/today?where=here', { trace: TRACE }), 200);
    const [whole, request] = await spansOf(TRACE, 2);
    const untilMs = Date.now();
    assert.ok(whole !== undefined && request !== undefined);
    assert.deepEqual(
      [whole.name, whole.kind, whole.parentId, whole.failed],
      ['execute_tool weather', 'internal', PARENT, false],
    );
    assert.deepEqual(
      [request.name, request.kind, request.parentId, request.failed],
      ['GET /weather', 'client', whole.spanId, false],
    );
    // Time of day is read once, and goes on by another clock.
    assert.ok(fromMs - 50 <= whole.startMs && whole.endMs <= untilMs + 50);
    assert.ok(whole.startMs <= request.startMs && request.startMs <= request.endMs && request.endMs <= whole.endMs);
    assert.deepEqual(
      ['gen_ai.operation.name', 'gen_ai.tool.name', 'gen_ai.agent.id', 'sallyport.outcome'].map(
        (name) => whole.attributes[name],
      ),
      ['execute_tool', 'weather', 'agent-7', 'answered'],
    );
    assert.deepEqual(
      ['http.request.method', 'http.response.status_code', 'server.address', 'server.port'].map(
        (name) => request.attributes[name],
      ),
      ['GET', 200, '127.0.0.1', Number(upstream.url.port)],
    );
    const [headers] = upstream.seen;
    assert.deepEqual(
      [headers?.['traceparent'], headers?.['tracestate']],
      [`00-${TRACE}-${request.spanId}-01`, undefined],
    );
  });

  test('are below an inferred one of the agent when it says nothing of a trace', async () => {
    upstream.seen.splice(0);
    assert.equal(await ask('/weather/tomorrow'), 200);
    const trace = String(upstream.seen[0]?.['traceparent']).slice(3, 35);
    const [agent, whole, request] = await spansOf(trace, 3);
    assert.deepEqual([agent?.name, agent?.kind, agent?.parentId], ['invoke_agent', 'internal', '']);
    assert.deepEqual(
      [agent?.attributes['gen_ai.agent.id'], agent?.attributes['sallyport.inferred']],
      ['agent-7', true],
    );
    assert.deepEqual([whole?.parentId, request?.parentId], [agent?.spanId, whole?.spanId]);
    assert.deepEqual([agent?.startMs, agent?.endMs], [whole?.startMs, whole?.endMs]);
  });

  test('of another agent are invoke_agent, and of a model what it is asked for', async () => {
    const [toAgent, toModel] = ['5'.repeat(32), '6'.repeat(32)];
    await ask('/planner/plan', { trace: toAgent, method: 'POST' });
    await ask('/llm/v1/chat/completions', { trace: toModel, method: 'POST' });
    const [invoked, post] = await spansOf(toAgent, 2);
    assert.deepEqual([invoked?.name, invoked?.kind, post?.name], ['invoke_agent planner', 'client', 'POST /planner']);
    assert.deepEqual(
      [invoked?.attributes['gen_ai.agent.name'], invoked?.attributes['sallyport.caller']],
      ['planner', 'agent-7'],
    );
    const [chat, sent] = await spansOf(toModel, 2);
    assert.deepEqual(
      [chat?.name, chat?.kind, sent?.name, sent?.parentId],
      ['chat', 'client', 'POST /llm', chat?.spanId],
    );
    assert.deepEqual(
      ['gen_ai.provider.name', 'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens'].map(
        (name) => chat?.attributes[name],
      ),
      ['openai', 45, 5],
    );
  });

  test('of a refused request have none of a request, and of a failed one say it once', async () => {
    const [refused, failed] = ['7'.repeat(32), '8'.repeat(32)];
    assert.equal(await ask('/weather/today', { trace: refused, token: 'nonsense' }), 401);
    const [denied] = await spansOf(refused, 1);
    assert.deepEqual([denied?.name, denied?.kind, denied?.failed], ['execute_tool weather', 'internal', false]);
    assert.match(String(denied?.attributes['sallyport.decision.reason']), /^token\./);
    assert.equal(await ask('/weather/gone', { trace: failed }), 503);
    // Until what its caller was told is on record, too.
    await refusals(sallyport.folder, 2);
    const [whole, request] = await spansOf(failed, 2);
    assert.deepEqual([whole?.failed, request?.failed], [true, true]);
    assert.equal(request?.attributes['error.type'], 'upstream_failed');
    assert.equal('http.response.status_code' in request.attributes, false);
  });
});
