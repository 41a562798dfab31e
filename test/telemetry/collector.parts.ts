import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { callTool } from './calls.ts';
import { startCollector } from './start-collector.ts';
import { startSeen } from './start-seen.ts';

// `npm run test:parts` builds it first.
suite('a real Collector', () => {
  for (const protocol of ['http', 'grpc'] as const) {
    test(`takes the spans of a call over ${protocol}`, async () => {
      await using upstream = await startSeen();
      await using collector = await startCollector();
      const receiver = collector[protocol];
      await using sallyport = await startSallyport({
        servers: { files: upstream.url },
        telemetry: [`tracing: { otlp: ${receiver.otlp}, sample: 1 }`],
      });
      await callTool(sallyport.url('files'));
      const spans = await receiver.until((all) => all.length === 15);
      const call = spans.find(({ kind }) => kind === 'server');
      assert.equal(call?.name, 'tools/call echo');
      assert.equal(call.resource['service.name'], 'sallyport');
      for (const { traceId, parentId, kind } of spans.filter((span) => span !== call)) {
        assert.deepEqual([traceId, parentId, ['internal', 'client'].includes(kind)], [call.traceId, call.spanId, true]);
      }
    });
  }
});
