import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clientDrivers } from '../clients/drivers.ts';
import type { Outcome } from '../clients/driver.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { callTool, openAgent, textOf } from './agent.ts';
import { policyOf, startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

const START = { legacy: startV1, modern: startV2 };
const TOOLS = '{ id: tools, match: { tool: "*" }, effect: allow }';
const TWICE = `{ id: twice, match: { tool: echo }, effect: limit, limit: { burst: 2, per_minute: 1, by: [principal] },
      message: echo may be called twice }`;

for (const carrier of CARRIERS) {
  suite(`a limit (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const { driver, skip } of clientDrivers()) {
      test(`tells the model of ${driver.name} what it ran into and when to try again`, { skip }, async () => {
        await using upstream = await START[driver.era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          policy: policyOf(TOOLS, TWICE),
        });
        const call = { do: 'call', tool: 'echo', args: { text: 'hi' } } as const;
        const other = { do: 'call', tool: 'add', args: { a: 1, b: 2 } } as const;
        const headers = { authorization: `Bearer ${await guarded.token('user:alice')}` };
        const outcomes = await driver.run(guarded.url(), [call, call, call, other], headers);
        assert.deepEqual(outcomes.map(isToolError), [false, false, true, false]);
        const said = JSON.stringify(outcomes[2]);
        assert.match(said, /echo may be called twice.*Rule: twice.*Retry after (5\d|60) s\..*Reason limit\.exceeded/);
        assert.match(said, /"sallyport\/refusal":\{[^}]*"retry_after_seconds":(5\d|60)/);
        assert.deepEqual(
          (await upstream.calls()).map(({ tool }) => tool),
          ['echo', 'echo', 'add'],
        );
      });
    }

    for (const era of ['legacy', 'modern'] as const) {
      test(`is each caller's own where its rule says so, over all its sessions and tokens (${era})`, async () => {
        await using upstream = await START[era]();
        await using guarded = await startGuarded({
          carrier,
          servers: { tools: upstream.url },
          policy: policyOf(TOOLS, TWICE),
        });
        const [alice, again, bob] = [
          await openAgent(guarded, era, 'user:alice'),
          await openAgent(guarded, era, 'user:alice'),
          await openAgent(guarded, era, 'user:bob'),
        ];
        assert.equal(textOf(await callTool(alice, 'echo', { text: '1' })), '1');
        assert.equal(textOf(await callTool(again, 'echo', { text: '2' })), '2');
        for (const peer of [alice, again]) {
          const { status, reason, headers } = await callTool(peer, 'echo', { text: '3' });
          assert.deepEqual([status, reason], [200, 'limit.exceeded']);
          assert.match(headers.get('retry-after') ?? '', /^(5\d|60)$/);
        }
        for (const text of ['1', '2']) assert.equal(textOf(await callTool(bob, 'echo', { text })), text);
        assert.equal((await callTool(bob, 'echo', { text: '3' })).reason, 'limit.exceeded');
      });
    }

    test('is not used up by calls that are refused for something else', async () => {
      await using upstream = await startV2();
      const short = '{ id: short, match: { tool: echo }, effect: require, args: { text: { c: len, max: 3 } } }';
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        policy: policyOf(TOOLS, TWICE, short),
      });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      for (let tries = 0; tries < 5; tries += 1) {
        assert.equal((await callTool(alice, 'echo', { text: 'too long' })).reason, 'policy.requirement');
      }
      for (const text of ['1', '2']) assert.equal(textOf(await callTool(alice, 'echo', { text })), text);
      assert.equal((await callTool(alice, 'echo', { text: '3' })).reason, 'limit.exceeded');
    });

    test('that all callers share is used up by any of them, and gives back what its rate says', async () => {
      await using upstream = await startV2();
      const shared = '{ id: shared, match: { tool: echo }, effect: limit, limit: { burst: 2, per_second: 1 } }';
      await using guarded = await startGuarded({
        carrier,
        servers: { tools: upstream.url },
        policy: policyOf(TOOLS, shared),
      });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const bob = await openAgent(guarded, 'modern', 'user:bob');
      const startedMs = performance.now();
      const calls = [alice, bob, alice, bob].map((peer) => callTool(peer, 'echo', { text: 'hi' }));
      const reasons = (await Promise.all(calls)).map(({ reason }) => reason);
      const givenBack = (performance.now() - startedMs) / 1000;
      // Which of calls made at once come first is nobody's promise.
      const passed = reasons.filter((reason) => reason === undefined).length;
      assert.ok(passed >= 2 && passed <= 2 + givenBack, `${passed} passed, ${givenBack} were given back`);
      assert.equal(reasons.filter((reason) => reason === 'limit.exceeded').length, 4 - passed);
      const passes = async (): Promise<void> => {
        while ((await callTool(bob, 'echo', { text: 'hi' })).reason !== undefined);
      };
      await within(1000, passes());
    });
  });
}

function isToolError(outcome: Outcome): boolean {
  assert.equal(outcome.kind, 'value', JSON.stringify(outcome));
  return (outcome.value as { isError?: boolean }).isError === true;
}
