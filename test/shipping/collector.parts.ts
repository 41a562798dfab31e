import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { textOf } from '../../src/audit/shipping/shipping.fixture.ts';
import { OtlpSink } from '../../src/stores/shipping/otlp-sink.ts';
import { startLogCollector } from './start-log-collector.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

suite('shipping to a Collector', () => {
  test('brings it log records that it understands, byte for byte', async () => {
    await using collector = await startLogCollector();
    await using sink = new OtlpSink({ url: collector.url, timeoutMs: 10_000, nowMs: () => Date.now() });
    const traced = textOf(2).replace('"type":', `"traceparent":"00-${TRACE}-b7ad6b7169203331-01","type":`);
    const records = [
      { sequence: 1, text: textOf(1) },
      { sequence: 2, text: traced },
    ];
    assert.equal(await sink.deliver(records), 0);
    assert.deepEqual(
      collector.logs.map(({ body, traceId, eventName }) => [body.stringValue, traceId, eventName]),
      [
        [textOf(1), undefined, 'dev.sallyport.call.intent.v1'],
        [traced, TRACE, 'dev.sallyport.call.intent.v1'],
      ],
    );
    const ids = collector.logs.map(({ attributes }) => attributes.find(({ key }) => key === 'cloudevents.event_id'));
    assert.deepEqual(
      ids.map((id) => id?.value.stringValue),
      ['d1/intent', 'd2/intent'],
    );
  });
});
