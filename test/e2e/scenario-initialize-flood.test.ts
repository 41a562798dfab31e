import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { startV1 } from '../servers/v1/start-v1.ts';
import { callTool, openAgent, textOf } from './agent.ts';
import { type Carrier, CARRIERS, whyNot } from './carriers.ts';
import { startRecorder } from './recorder.ts';
import { startGuarded } from './start-guarded.ts';

/** How many come. As many again come first, so that what is made once is there. */
const FLOOD: Readonly<Record<Carrier, number>> = { proxy: 10_000, authorize: 1000, inspect: 1000 };
/** 20 MB for 100 000 are allowed. */
const MOST_MB = 2;
const CAP = 10;
const AT_ONCE = 32;
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'flood', version: '1' } },
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is alive in this process, in bytes. */
function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** How many megabytes more than `before` are alive, as soon as that is little: what is under way is not kept. */
async function grownMb(before: number): Promise<number> {
  for (let left = 400; ; left -= 1) {
    const grown = (heapBytes() - before) / 1e6;
    if (grown < MOST_MB || left === 0) return grown;
    await pause(25);
  }
}

for (const carrier of CARRIERS) {
  suite(`initialize, sent over and over with one token (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('opens as many sessions as one caller may have, costs no memory and keeps nobody else out', async (context) => {
      await using upstream = await startV1();
      await using recorder = await startRecorder(upstream.url);
      const lines = { tools: [`max_sessions_per_principal: ${CAP}`] };
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url }, lines });
      const mallory = await guarded.token('user:mallory');
      const early = await openAgent(guarded, 'legacy', 'user:alice');
      recorder.forget();

      const { origin, pathname } = new URL(guarded.url());
      const pool = new Pool(origin, { connections: AT_ONCE });
      context.after(() => pool.close());
      const statuses = new Map<number, number>();
      let retryAfter: unknown;
      const initialize = async (): Promise<void> => {
        const { statusCode, headers, body } = await pool.request({
          method: 'POST',
          path: pathname,
          headers: {
            'authorization': `Bearer ${mallory}`,
            'content-type': 'application/json',
            'accept': 'application/json, text/event-stream',
          },
          body: INITIALIZE,
        });
        await body.dump();
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
        retryAfter = headers['retry-after'];
      };
      const flood = async (count: number): Promise<void> => {
        let left = count;
        const stream = async (): Promise<void> => {
          while (left-- > 0) await initialize();
        };
        await Promise.all(Array.from({ length: AT_ONCE }, stream));
      };

      await flood(FLOOD[carrier]);
      const before = heapBytes();
      await flood(FLOOD[carrier]);
      const grown = await grownMb(before);
      assert.ok(grown < MOST_MB, `the heap grew by ${grown.toFixed(1)} MB`);
      assert.deepEqual(Object.fromEntries(statuses), { 200: CAP, 503: 2 * FLOOD[carrier] - CAP });
      assert.ok(Number(retryAfter) >= 1, String(retryAfter));
      // Not one more was opened and ended again, however many were under way together.
      assert.deepEqual(
        recorder.reached.map(({ method }) => method),
        Array.from({ length: CAP }, () => 'POST'),
      );

      assert.equal(textOf(await callTool(early, 'echo', { text: 'still here' })), 'still here');
      const bob = await openAgent(guarded, 'legacy', 'user:bob');
      assert.equal(textOf(await callTool(bob, 'echo', { text: 'me too' })), 'me too');
      await assert.rejects(openAgent(guarded, 'legacy', 'user:mallory'), /session\.too-many/);
    });
  });
}
