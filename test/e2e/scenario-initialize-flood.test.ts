import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { startV1 } from '../servers/v1/start-v1.ts';
import { callTool, openAgent, textOf } from './agent.ts';
import { startRecorder } from './recorder.ts';
import { startGuarded } from './start-guarded.ts';

/** As many again come first, so that what is made once is there. */
const FLOOD = 10_000;
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

suite('initialize, sent over and over with one token', () => {
  test('opens as many sessions as one caller may have, costs no memory and keeps nobody else out', async (context) => {
    await using upstream = await startV1();
    await using recorder = await startRecorder(upstream.url);
    const lines = { tools: [`max_sessions_per_principal: ${CAP}`] };
    await using guarded = await startGuarded({ servers: { tools: recorder.url }, lines });
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

    await flood(FLOOD);
    const before = heapBytes();
    await flood(FLOOD);
    const grownMb = (heapBytes() - before) / 1e6;
    // 20 MB for 100 000 are allowed.
    assert.ok(grownMb < 2, `the heap grew by ${grownMb.toFixed(1)} MB`);
    assert.deepEqual(Object.fromEntries(statuses), { 200: CAP, 503: 2 * FLOOD - CAP });
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
