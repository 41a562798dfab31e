import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { startFilesServer } from '../../examples/demo/files-server.ts';
import { whyNoKafka } from './kafka-part.ts';
import { shippedThroughKills } from './kill-run.ts';

suite('shipping to Kafka', { skip: whyNoKafka() }, () => {
  test('has every record at least once, and once without doubles, when both sides are killed', async () => {
    await using upstream = await startFilesServer();
    const run = await shippedThroughKills({ upstream: upstream.url, serviceKills: 3, brokerKills: 1 });
    await rm(run.folder, { recursive: true });
    assert.ok(run.recorded.size > 100, String(run.recorded.size));
    assert.deepEqual(run.lacking, []);
    assert.deepEqual(run.foreign, []);
    assert.deepEqual(run.split, [], 'decisions in more than one partition');
    assert.equal(run.untraced, 0);
    assert.ok(run.events >= run.recorded.size);
    assert.equal(run.failedCalls, 0, 'calls that failed while the broker was gone');
    assert.ok(run.callsWithoutBroker > 0);
  });
});
