import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runTrace } from '../../src/cli/trace.ts';
import { whyNoEnvoy } from '../envoy/envoy-part.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startHttpReceiver } from './start-receiver.ts';
import { startSeen } from './start-seen.ts';

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
