import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { textOf } from '../../audit/shipping/shipping.fixture.ts';
import { otlpLogs } from './otlp-logs.ts';
import { OtlpSink } from './otlp-sink.ts';

const NOW = Date.UTC(2026, 10, 25, 8, 0, 1);
const record = (sequence: number) => ({ sequence, text: textOf(sequence) });

/** A receiver that answers what it is told. */
async function receiver(status: number, answer: string) {
  const bodies: string[] = [];
  const take = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    bodies.push(await readText(asked));
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  };
  const server = createServer((asked, response) => void take(asked, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const sink = new OtlpSink({ url: `http://127.0.0.1:${port}/v1/logs`, timeoutMs: 5000, nowMs: () => NOW });
  return {
    bodies,
    sink,
    async [Symbol.asyncDispose]() {
      await sink[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

suite('otlpLogs()', () => {
  test('has the record as its body, and where it is traced', () => {
    const trace = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'] as const;
    const text = textOf(3).replace('"type":', `"traceparent":"00-${trace.join('-')}-01","type":`);
    const { resourceLogs } = JSON.parse(otlpLogs([{ sequence: 3, text }], NOW));
    const [{ scopeLogs }] = resourceLogs;
    assert.deepEqual(scopeLogs[0].logRecords, [
      {
        timeUnixNano: `${Date.UTC(2026, 10, 25, 8, 0, 0, 1)}000000`,
        observedTimeUnixNano: `${NOW}000000`,
        severityNumber: 9,
        severityText: 'INFO',
        eventName: 'dev.sallyport.call.intent.v1',
        body: { stringValue: text },
        attributes: [
          { key: 'cloudevents.event_id', value: { stringValue: 'd3/intent' } },
          { key: 'cloudevents.event_source', value: { stringValue: 'urn:sallyport:test' } },
          { key: 'cloudevents.event_spec_version', value: { stringValue: '1.0' } },
          { key: 'cloudevents.event_type', value: { stringValue: 'dev.sallyport.call.intent.v1' } },
        ],
        traceId: trace[0],
        spanId: trace[1],
        flags: 1,
      },
    ]);
  });
});

suite('OtlpSink', () => {
  for (const [answer, refused] of [
    ['', 0],
    ['{}', 0],
    ['{"partialSuccess":null}', 0],
    ['{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"old"}}', 1],
    ['{"partialSuccess":{"rejectedLogRecords":"99"}}', 2],
    ['{"partialSuccess":{"rejectedLogRecords":-1}}', 0],
  ] as const) {
    test(`takes 200 ${answer} for ${refused} refused`, async () => {
      await using server = await receiver(200, answer);
      assert.equal(await server.sink.deliver([record(1), record(2)]), refused);
      assert.equal(server.bodies[0], otlpLogs([record(1), record(2)], NOW));
    });
  }

  for (const status of [202, 302, 400, 429, 503]) {
    test(`takes ${status} for a failure`, async () => {
      await using server = await receiver(status, '{}');
      await assert.rejects(server.sink.deliver([record(1)]), { message: `the receiver of logs answered ${status}` });
    });
  }

  test('takes an answer without an end, or that is none, for a failure', async () => {
    await using long = await receiver(200, ' '.repeat(1024 * 1024));
    await assert.rejects(long.sink.deliver([record(1)]));
    await using strange = await receiver(200, '<html>');
    await assert.rejects(strange.sink.deliver([record(1)]), SyntaxError);
  });
});
