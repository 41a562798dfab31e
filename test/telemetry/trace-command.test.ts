import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { SpanKind } from '@opentelemetry/api';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runTrace } from '../../src/cli/trace.ts';
import { telemetrySchema } from '../../src/telemetry/config.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { linesOutput } from '../../src/telemetry/telemetry.fixture.ts';
import { whyNoEnvoy } from '../envoy/envoy-part.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';
import { placeIn, startTraced, traceparentOf } from './traced-service.ts';

/** A line of the service's own log about a call. */
function ourLine(decisionId: string): string {
  const output = linesOutput();
  const log = createLog({ config: telemetrySchema.parse({ log_level: 'debug' }), version: '0', output });
  log.debug('a line of ours', { decision_id: decisionId, server: 'files' });
  return `${output.lines.join('\n')}\n`;
}

/** Resolves when the text has that word in it. Throws when it does not within ten seconds. */
async function untilIncludes(textOf: () => string, word: string): Promise<void> {
  for (let left = 400; !textOf().includes(word); left -= 1) {
    if (left === 0) throw new Error(`${word} is not in ${textOf()}`);
    await pause(25);
  }
}

suite('sallyport trace', { skip: whyNoEnvoy() }, () => {
  test('shows what record, logs and spans say of one call, in the order of time', async () => {
    await using upstream = await startSeen();
    await using receiver = await startHttpReceiver();
    await using sallyport = await startSallyport({
      carrier: 'authorize',
      servers: { files: upstream.url },
      telemetry: [`tracing: { otlp: ${receiver.otlp}, sample: 1, checks: none }`],
    });
    await callTool(sallyport.url('files'));
    await callTool(sallyport.url('files'));
    const [told] = await outcomes(sallyport.folder, 2);
    const decisionId = told?.decisionId ?? '';
    await receiver.until((all) => all.filter(({ kind }) => kind === 'client').length === 2);
    const [log, spans] = [join(sallyport.folder, 'all.log'), join(sallyport.folder, 'spans.jsonl')];
    await writeFile(log, 'no JSON\n{"half":\n');
    // Lines as the service and Envoy write them, one of another call among them.
    for (const [id, fields] of [
      [decisionId, { level: 'debug', msg: 'a line of ours', server: 'files' }],
      ['another', { level: 'debug', msg: 'of another call' }],
      [decisionId, { method: 'POST', status: 200, verdict: 'allowed', reply_verdict: null }],
    ] as const) {
      await appendFile(log, `${JSON.stringify({ time: new Date().toISOString(), decision_id: id, ...fields })}\n`);
    }
    await writeFile(spans, receiver.requests.map((request) => `${JSON.stringify(request)}\n`).join(''));

    const io = listeningIo();
    const flags = { config: join(sallyport.folder, 'sallyport.yaml'), log: [log], spans: [spans] };
    assert.equal(await runTrace(decisionId, flags, io), 0);
    const [head, ...lines] = io.said().split('\n');
    assert.match(head ?? '', /^trace [0-9a-f]{32}$/);
    const from = (name: string): readonly string[] => lines.filter((line) => line.slice(26).startsWith(name));
    assert.deepEqual(
      [from('record').length, from('log').length, from('envoy').length, from('span').length],
      [2, 1, 1, 2],
    );
    assert.match(from('span').join('\n'), /server {2}tools\/call echo[^]*client {2}tools\/call echo/);
    assert.match(from('log')[0] ?? '', /debug {2}a line of ours {2}server=files$/);
    assert.match(from('envoy')[0] ?? '', /method=POST {2}status=200 {2}verdict=allowed$/);
    assert.deepEqual(
      lines.map((line) => line.slice(0, 24)).toSorted(),
      lines.map((line) => line.slice(0, 24)),
    );
    assert.doesNotMatch(io.said(), /another/);
    assert.ok((await readFile(spans, 'utf8')).length > 0);
  });

  test('joins the spans of the agent and of the tool server, the record, our log and that of Envoy', async () => {
    await using upstream = await startSeen();
    await using receiver = await startHttpReceiver();
    const endpoint = /"(.+)"/.exec(receiver.otlp)?.[1] ?? '';
    await using agent = startTraced('research-bot', endpoint);
    await using toolServer = startTraced('files-server', endpoint);
    await using sallyport = await startSallyport({
      carrier: 'authorize',
      servers: { files: upstream.url },
      telemetry: [`tracing: { otlp: ${receiver.otlp}, sample: 1, checks: none }`],
    });
    const work = agent.begin('invoke_agent research-bot', SpanKind.INTERNAL);
    for (const turn of [1, 2]) {
      const asking = agent.begin('execute_tool echo', SpanKind.INTERNAL, work.spanContext());
      await callTool(sallyport.url('files'), { meta: `"traceparent":"${traceparentOf(asking.spanContext())}",` });
      const told = upstream.seen[turn - 1]?.headers['traceparent'];
      toolServer.begin('tools/call echo', SpanKind.SERVER, placeIn(String(told))).end();
      asking.end();
    }
    work.end();
    const [told] = await outcomes(sallyport.folder, 2);
    const decisionId = told?.decisionId ?? '';
    // Of each call: the agent's, ours, the trip, the tool server's; and that of the agent's whole work.
    await receiver.until((all) => all.length === 9);
    const envoysLog = (): string => sallyport.envoy?.log() ?? '';
    await untilIncludes(envoysLog, decisionId);

    const files = { envoy: envoysLog(), ours: ourLine(decisionId), spans: '' };
    files.spans = receiver.requests.map((request) => `${JSON.stringify(request)}\n`).join('');
    const path = (name: string): string => join(sallyport.folder, name);
    for (const [name, text] of Object.entries(files)) await writeFile(path(name), text);
    const io = listeningIo();
    const flags = { config: path('sallyport.yaml'), log: [path('ours'), path('envoy')], spans: [path('spans')] };
    assert.equal(await runTrace(decisionId, flags, io), 0);
    const said = io.said().split('\n');
    assert.equal(said[0], `trace ${work.spanContext().traceId}`);
    assert.equal(said.at(-1), '4 more spans of this trace are of other calls');
    const spans = said.filter((line) => line.slice(26).startsWith('span'));
    assert.deepEqual(
      spans.map((line) =>
        line
          .slice(34)
          .replace(/ {2}[0-9.]+ ms {2}/, ' ')
          .replace(/ {2}span=.*/, ''),
      ),
      [
        'internal  invoke_agent research-bot service=research-bot',
        '  internal  execute_tool echo service=research-bot',
        '    server  tools/call echo service=sallyport',
        '      client  tools/call echo service=sallyport',
        '        server  tools/call echo service=files-server',
      ],
    );
    for (const line of [
      /^\S+ {2}record {2}intent {4}\S+ {2}allow/m,
      /^\S+ {2}record {2}outcome/m,
      /^\S+ {2}envoy {3}.*status=200.*verdict=allowed/m,
      /^\S+ {2}log {5}debug {2}a line of ours {2}server=files$/m,
    ])
      assert.match(io.said(), line);
  });

  test('says when nothing is known, and which file cannot be read', async () => {
    await using upstream = await startSeen();
    await using sallyport = await startSallyport({ servers: { files: upstream.url } });
    const config = join(sallyport.folder, 'sallyport.yaml');
    const io = listeningIo();
    assert.equal(await runTrace('nobody', { config }, io), 1);
    assert.match(io.complained(), /^nothing is known of decision nobody here$/);
    const other = listeningIo();
    assert.equal(await runTrace('nobody', { config, log: ['nowhere.log'] }, other), 2);
    assert.match(other.complained(), /^error: nowhere\.log cannot be read: /);
  });
});
