import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { policyOf } from './start-guarded.ts';
import { startSallyport } from './start-sallyport.ts';

const rules = (effect: 'allow' | 'deny'): string => policyOf(`{ id: turn, match: { tool: echo }, effect: ${effect} }`);

for (const carrier of CARRIERS) {
  suite(`a reload under load (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('lets every call be answered, and none pass that the new rules refuse', async () => {
      await using upstream = await startV2();
      await using sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
      const peer: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
      const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
      const request = rawRequest(peer, { tool: 'echo', body });
      const stop = new AbortController();
      const answers: RawAnswer[] = [];
      const load = Array.from({ length: 8 }, async () => {
        using connection = await RawConnection.open(peer.url);
        while (!stop.signal.aborted) answers.push(await connection.exchange(request));
      });
      const answered = async (calls: number): Promise<void> => {
        while (answers.length < calls) await pause(5);
      };
      for (const effect of ['deny', 'allow', 'deny', 'allow', 'deny'] as const) {
        await answered(answers.length + 15);
        await writeFile(join(sallyport.folder, 'policies/policy.yaml'), rules(effect));
        assert.equal(await sallyport.reload(), 'swapped');
      }
      stop.abort();
      await Promise.all(load);
      await upstream.forget();
      using connection = await RawConnection.open(peer.url);
      for (let count = 0; count < 20; count += 1) {
        const answer = await connection.exchange(request);
        assert.ok(answer.kind === 'reply' && answer.body.includes('policy.denied'), JSON.stringify(answer));
      }
      assert.deepEqual(await upstream.calls(), []);
      const others = answers.filter(
        (answer) => !(answer.kind === 'reply' && (answer.status === 200 || answer.body.includes('fault.reloaded'))),
      );
      assert.deepEqual(others, []);
      assert.ok(answers.length > 50, String(answers.length));
    });
  });
}
