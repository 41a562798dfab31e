import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readSegments } from '../../src/audit/read-segments.ts';
import type { AuditRecord } from '../../src/audit/record-shape.ts';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { startGuarded } from './start-guarded.ts';

/** The records in `directory`, as soon as there are so many. */
async function records(directory: string, wanted: number): Promise<readonly AuditRecord[]> {
  for (let left = 600; ; left -= 1) {
    const items = await Array.fromAsync(readSegments(directory));
    const found = items.flatMap((item) => (item.kind === 'record' ? [item.record] : []));
    if (found.length >= wanted || left === 0) return found;
    await pause(50);
  }
}

suite('the record of what Envoy asked', { skip: whyNoEnvoy() }, () => {
  test('has the intent of an allowed call and what became of it', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ upstream: upstream.url });
    const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
    using connection = await RawConnection.open(peer.url);
    await connection.exchange(
      rawRequest(peer, { tool: 'echo', body: callText(peer, '"name":"echo","arguments":{"text":"hi"}') }),
    );
    const refused = await connection.exchange(rawRequest(peer, { tool: 'nothing' }));
    const found = await records(join(guarded.sallyport.folder, '.sallyport/record'), 3);
    const told = found.map(({ type, data }) => [type.split('.').at(-2), (data as { kind?: string }).kind]);
    assert.deepEqual(told, [
      ['intent', 'request'],
      ['outcome', 'answered'],
      ['refusal', 'request'],
    ]);
    const ids = found.map(({ data }) => (data as { decision_id: string }).decision_id);
    assert.equal(ids[0], ids[1]);
    assert.equal(refused.kind === 'reply' && refused.headers.get('sallyport-decision-id'), ids[2]);
    const [intent] = found.map(({ data }) => data as { peer?: { address: string } });
    assert.equal(intent?.peer?.address, '127.0.0.1');
  });
});
