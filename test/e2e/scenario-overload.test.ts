import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startMoody } from '../envoy/moody-upstream.ts';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { type Answer, callTool, openAgent } from './agent.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const TOOLS = '{ id: tools, match: { tool: "*" }, effect: allow }';
const CLASSES = [
  '{ id: jobs, match: { principal: job/* }, effect: priority, priority: batch }',
  '{ id: guesses, match: { principal: guess/* }, effect: priority, priority: speculative }',
];
const FEW = ['max_upstream_connections: 3', 'max_calls_per_tool: 3'];
const ADAPTIVE =
  '{ id: rate, match: { tool: echo }, effect: limit, limit: { per_second: 50, by: [server], adaptive: true } }';

/** Waits until `/metrics` says so. */
async function until(guarded: Guarded, line: string): Promise<void> {
  while (!(await guarded.metrics()).split('\n').includes(line)) await pause(20);
}

function told({ status, reason, headers }: Answer): readonly unknown[] {
  return [status, reason, Number(headers.get('retry-after'))];
}

for (const carrier of CARRIERS) {
  suite(`too many calls (${carrier})`, { skip: whyNot(carrier), timeout: 60_000 }, () => {
    test('hold their places until they are over, and the last ones are for calls that somebody waits for', async () => {
      await using upstream = await startV2();
      await using way = await startFaultProxy(upstream.url);
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: way.url },
        lines: { tools: FEW },
        policy: policyOf(TOOLS, ...CLASSES),
      });
      const [alice, job, guess] = [
        await openAgent(guarded, 'modern', 'user:alice'),
        await openAgent(guarded, 'modern', 'job/1'),
        await openAgent(guarded, 'modern', 'guess/1'),
      ];
      const echo = (peer = alice): Promise<Answer> => callTool(peer, 'echo', { text: 'hi' });
      const inProgress = (calls: number): Promise<void> =>
        until(guarded, `sallyport_upstream_calls{server="tools"} ${calls}`);
      await way.set('silent');
      const hanging = [echo(), echo(), echo()];
      await inProgress(3);
      const [jobs, guesses] = [told(await echo(job)), told(await echo(guess))];
      assert.deepEqual(
        [jobs.slice(0, 2), guesses.slice(0, 2)],
        [
          [503, 'overload.shed'],
          [503, 'overload.shed'],
        ],
      );
      assert.ok(Number(jobs[2]) >= 2 && Number(jobs[2]) <= 4, String(jobs[2]));
      assert.ok(Number(guesses[2]) >= 5 && Number(guesses[2]) <= 10, String(guesses[2]));
      const full = await echo();
      assert.deepEqual(told(full), [200, 'bulkhead.full', 1]);
      assert.match(full.text, /The tool has as much in progress as it may have\. Retry in 1 s\./);
      await way.set('none');
      await Promise.all(hanging);
      await inProgress(0);
      for (const peer of [alice, job, guess]) assert.equal((await echo(peer)).reason, undefined);
      const metrics = await guarded.metrics();
      assert.match(metrics, /sallyport_calls_shed_total\{priority="batch"\} 1/);
      assert.match(metrics, /sallyport_calls_shed_total\{priority="speculative"\} 1/);
    });

    test('lower the limits that follow the server, when it says so', async () => {
      await using upstream = await startMoody();
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        lines: { tools: ['adaptive: { interval_ms: 600000 }'] },
        policy: policyOf(TOOLS, ADAPTIVE),
      });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const echo = (): Promise<Answer> => callTool(alice, 'echo', { text: 'hi' });
      assert.equal((await echo()).reason, undefined);
      await until(guarded, 'sallyport_limit_factor{server="tools"} 1');
      upstream.mood = 'overrun';
      await echo();
      await until(guarded, 'sallyport_limit_factor{server="tools"} 0.5');
      upstream.mood = 'good';
      assert.equal((await echo()).reason, undefined);
    });
  });
}
