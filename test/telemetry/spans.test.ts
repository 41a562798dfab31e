import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { CARRIERS, whyNot } from '../e2e/carriers.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import type { ReceivedSpan } from './received-span.ts';
import { type SpanReceiver, startGrpcReceiver, startHttpReceiver } from './start-receiver.ts';
import { type SeenUpstream, startSeen } from './start-seen.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const IN_META = `00-${TRACE}-b7ad6b7169203331-01`;
const IN_HEADER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
/** What a decision runs through, in order. */
const CHECKS = [
  'admit',
  'read',
  'authenticate',
  'handles',
  'capability',
  'tool',
  'policy',
  'approval',
  'availability',
  'limit',
  'credential',
  'consume',
  'record',
];
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: some }
rules:
  - { id: echo, match: { tool: echo }, effect: allow }
`;

function metaOf(body: string): Readonly<Record<string, unknown>> {
  const { params } = JSON.parse(body) as { params: { _meta: Record<string, unknown> } };
  return params._meta;
}

for (const carrier of CARRIERS) {
  suite(`spans of calls (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: SeenUpstream;
    let receiver: SpanReceiver;
    let sallyport: StartedSallyport | undefined;
    before(async () => {
      upstream = await startSeen();
    });
    afterEach(async () => {
      await sallyport?.close();
      sallyport = undefined;
      await receiver[Symbol.asyncDispose]();
      upstream.seen.splice(0);
    });
    after(() => upstream[Symbol.asyncDispose]());

    /** Starts it with these fields of `telemetry.tracing` and of the server. */
    async function start(
      tracing: readonly string[],
      serverLines: readonly string[] = [],
      edit: (text: string) => string = (text) => text,
    ): Promise<string> {
      sallyport = await startSallyport({
        carrier,
        edit,
        servers: { files: upstream.url },
        policy: POLICY,
        serverLines: ['identity: anonymous', 'capability: none', ...serverLines],
        telemetry: [`tracing: { otlp: ${receiver.otlp}, ${tracing.join(', ')} }`],
      });
      return sallyport.url('files');
    }
    const serverSpan = (spans: readonly ReceivedSpan[]): ReceivedSpan => {
      const [span, ...others] = spans.filter(({ kind }) => kind === 'server');
      assert.ok(span !== undefined && others.length === 0);
      return span;
    };
    const hasServerAndClient = (spans: readonly ReceivedSpan[]): boolean =>
      spans.some(({ kind }) => kind === 'server') && spans.some(({ kind }) => kind === 'client');

    test('are one of the call, one of each check, and one of the trip to the tool server', async () => {
      receiver = await startHttpReceiver();
      const url = await start(['sample: 1']);
      const fromMs = Date.now();
      const answer = await callTool(url, { meta: `"traceparent":"${IN_META}",`, add: { traceparent: IN_HEADER } });
      assert.ok(answer.kind === 'reply' && answer.status === 200, JSON.stringify(answer));
      const spans = await receiver.until(hasServerAndClient);
      const untilMs = Date.now();

      const call = serverSpan(spans);
      assert.deepEqual(
        [call.name, call.traceId, call.parentId, call.failed],
        ['tools/call echo', TRACE, 'b7ad6b7169203331', false],
      );
      assert.ok(call.links.includes(IN_HEADER.slice(3, -3)), JSON.stringify(call.links));
      assert.equal(call.attributes['gen_ai.operation.name'], 'execute_tool');
      assert.equal(call.attributes['gen_ai.tool.name'], 'echo');
      assert.equal(call.attributes['mcp.method.name'], 'tools/call');
      assert.equal(call.attributes['mcp.protocol.version'], '2026-07-28');
      assert.equal(call.attributes['jsonrpc.request.id'], '7');
      assert.equal(call.attributes['sallyport.decision.verdict'], 'allow');
      assert.equal(call.attributes['sallyport.outcome'], 'answered');
      assert.equal(call.resource['service.name'], 'sallyport');
      assert.match(call.schemaUrl, /gen-ai/);

      const checks = spans.filter(({ kind }) => kind === 'internal');
      assert.deepEqual(
        checks.map(({ name }) => name),
        CHECKS,
      );
      const [trip, ...others] = spans.filter(({ kind }) => kind === 'client');
      assert.ok(trip !== undefined && others.length === 0);
      assert.equal(trip.name, 'tools/call echo');
      for (const child of [...checks, trip]) {
        assert.deepEqual([child.parentId, child.traceId], [call.spanId, TRACE]);
        assert.ok(
          call.startMs <= child.startMs && child.startMs <= child.endMs && child.endMs <= call.endMs,
          child.name,
        );
      }
      for (const [index, check] of checks.slice(1).entries()) assert.ok(checks[index]?.endMs === check.startMs);
      assert.ok((checks.at(-1)?.endMs ?? 0) <= trip.startMs + 1, 'the trip begins when the call is on record');
      // Time of day is read once, and goes on by another clock.
      assert.ok(call.startMs >= fromMs - 50 && call.endMs <= untilMs + 50);

      const [sent] = upstream.seen;
      assert.equal(sent?.headers['traceparent'], `00-${TRACE}-${trip.spanId}-01`);
      assert.match(sent.body, /"text":"1.0 is not 1"/);
    });

    const where = (...those: readonly (typeof carrier)[]): readonly string[] => (those.includes(carrier) ? [''] : []);
    for (const _ of where('proxy', 'inspect'))
      test('tell the tool server by `_meta` too, where bytes may be changed', async () => {
        receiver = await startHttpReceiver();
        const url = await start(['sample: 1']);
        await callTool(url, { meta: `"traceparent":"${IN_META}","tracestate":"a=1","baggage":"k=v",` });
        await callTool(url);
        const spans = await receiver.until((all) => all.filter(({ kind }) => kind === 'client').length === 2);
        const [told, untold] = spans.filter(({ kind }) => kind === 'client');
        const [first, second] = upstream.seen.map(({ body }) => metaOf(body));
        assert.equal(first?.['traceparent'], `00-${TRACE}-${told?.spanId}-01`);
        assert.deepEqual([first['tracestate'], first['baggage']], ['', '']);
        assert.equal(second?.['traceparent'], `00-${untold?.traceId}-${untold?.spanId}-01`);
        assert.equal('baggage' in second, false);
      });

    test('are kept of refusals and errors, and else only of what is sampled', async () => {
      receiver = await startGrpcReceiver();
      const url = await start(['sample: 0', 'checks: events']);
      await callTool(url, { add: { traceparent: IN_HEADER, tracestate: 'a=1', baggage: 'k=v' } });
      const { headers } = upstream.seen[0] ?? {};
      // The caller's wish to be recorded is not ours, and what it carries about goes no further.
      assert.match(String(headers?.['traceparent']), /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
      assert.deepEqual([headers?.['tracestate'], headers?.['baggage']], [undefined, undefined]);

      const refused = await callTool(url, { tool: 'delete_all' });
      assert.ok(refused.kind === 'reply' && refused.body.includes('policy.'), JSON.stringify(refused));
      const refusal = serverSpan(await receiver.until((all) => all.length === 1));
      assert.deepEqual([refusal.name, refusal.kind, refusal.failed], ['tools/call delete_all', 'server', false]);
      assert.deepEqual(refusal.events, CHECKS.slice(0, 7));
      assert.equal(refusal.attributes['error.type'], 'denied');
      assert.match(String(refusal.attributes['sallyport.decision.reason']), /^policy\./);
      assert.equal(refusal.attributes['sallyport.trace.kept_for'], 'refusal');

      upstream.failing = 1;
      await callTool(url);
      const spans = await receiver.until((all) => all.length === 3);
      const failed = spans.filter(({ traceId }) => traceId !== refusal.traceId);
      assert.deepEqual(failed.map(({ kind, failed: is }) => `${kind} ${is}`).toSorted(), [
        'client true',
        'server true',
      ]);
      assert.equal(serverSpan(failed).attributes['sallyport.trace.kept_for'], 'error');
    });

    for (const _ of where('authorize', 'inspect'))
      test('are one of each try, where Envoy tries again', async () => {
        receiver = await startHttpReceiver();
        const url = await start(['sample: 1'], [], (text) => {
          assert.match(text, /^ +num_retries: 0$/m);
          const willing = text.replaceAll('max_retries: 0', 'max_retries: 3');
          return willing.replace(/^( +)num_retries: 0$/m, '$1retry_on: 5xx\n$1num_retries: 1');
        });
        upstream.failing = 1;
        const answer = await callTool(url);
        assert.ok(answer.kind === 'reply' && answer.status === 200, JSON.stringify(answer));
        const spans = await receiver.until(hasServerAndClient);
        const call = serverSpan(spans);
        const tries = spans.filter(({ kind }) => kind === 'client');
        assert.deepEqual(
          tries.map(({ failed, attributes: told }) => [
            failed,
            told['http.response.status_code'],
            told['error.type'],
            told['http.request.resend_count'],
          ]),
          [
            [true, 503, 'http_5xx', undefined],
            [false, 200, undefined, 1],
          ],
        );
        const [first, second] = tries;
        assert.ok(first !== undefined && second !== undefined && first.spanId !== second.spanId);
        assert.ok(call.startMs <= first.startMs && first.endMs <= second.startMs && second.endMs <= call.endMs);
        assert.equal(first.attributes['server.port'], Number(new URL(upstream.url).port));
        assert.deepEqual(
          upstream.seen.map(({ headers }) => headers['traceparent']),
          Array(2).fill(`00-${call.traceId}-${second.spanId}-01`),
        );
      });

    for (const names of ['v1.37', 'both'] as const)
      test(`have the names that are wished: ${names}`, async () => {
        receiver = await startHttpReceiver();
        const url = await start(['sample: 1', 'checks: none', `names: ${names}`]);
        await callTool(url);
        const spans = await receiver.until(hasServerAndClient);
        for (const { attributes: told, schemaUrl, kind } of spans) {
          assert.deepEqual(
            [told['rpc.system'], told['rpc.method'], told['rpc.jsonrpc.version'], told['rpc.jsonrpc.request_id']],
            ['jsonrpc', 'tools/call', '2.0', '7'],
            kind,
          );
          const today = { 'v1.37': [undefined, undefined, undefined], 'both': ['tools/call', '7', 'echo'] };
          assert.deepEqual(
            [told['mcp.method.name'], told['jsonrpc.request.id'], told['mcp.tool.name']],
            today[names],
            kind,
          );
          // Which are the same in both.
          assert.deepEqual([told['gen_ai.tool.name'], told['http.request.method']], ['echo', 'POST'], kind);
          assert.match(schemaUrl, { 'v1.37': /\/1\.37\.0$/, 'both': /gen-ai/ }[names]);
        }
      });

    test('follow a caller who is trusted', async () => {
      receiver = await startHttpReceiver();
      const url = await start(['sample: 0'], ['trust_trace: true', 'pass_headers: [baggage]']);
      await callTool(url, { add: { traceparent: IN_HEADER, tracestate: 'a=1', baggage: 'k=v' } });
      const spans = await receiver.until(hasServerAndClient);
      const { headers } = upstream.seen[0] ?? {};
      assert.equal(
        headers?.['traceparent'],
        `00-${IN_HEADER.slice(3, 35)}-${spans.find(({ kind }) => kind === 'client')?.spanId}-01`,
      );
      assert.deepEqual([headers['tracestate'], headers['baggage']], ['a=1', 'k=v']);
      assert.equal(serverSpan(spans).attributes['sallyport.trace.kept_for'], 'sampled');
    });
  });
}
