import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { readSegments } from '../../src/audit/read-segments.ts';
import type { Peer } from '../attacks/peer.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { type CallFault, type FailingUpstream, startFailing } from '../faults/failing-upstream.ts';
import { type Answer, callTool, openAgent, textOf } from './agent.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const POLICY = policyOf(
  '{ id: all, match: { tool: "*" }, effect: allow }',
  '{ id: kept, match: { tool: echo }, effect: fallback, fallback: { cached: { max_age_s: 600 } } }',
  '{ id: fixed, match: { tool: echo }, effect: fallback, fallback: { static: { text: "echo is away" } } }',
);
/** Opens at the first failure, for longer than a test takes. */
const BREAKER = 'breaker: { minimum_calls: 1, window_calls: 1, wait_ms: 600000, max_wait_ms: 600000 }';

const FAULTS: Readonly<Record<string, CallFault>> = {
  '500': { status: 500 },
  '503': { status: 503 },
  'a reset': 'reset',
  'silence': 'silent',
};

/** How an answer is marked; `undefined` for one that is the tool's own. */
function markOf({ messages, text }: Answer): Record<string, unknown> | undefined {
  const result: { _meta?: Record<string, Record<string, unknown>> } = messages.at(-1)?.result ?? assert.fail(text);
  return result._meta?.['sallyport/fallback'];
}

/** The member `fallback` of the newest refusal on record, when it has come. */
async function recordedRefusal(folder: string): Promise<unknown> {
  for (;;) {
    const items = await Array.fromAsync(readSegments(join(folder, '.sallyport/record')));
    const found = items.flatMap((item) =>
      item.kind === 'record' && item.record.type.endsWith('.refusal.v1') ? [item.record.data] : [],
    );
    const last = found.at(-1) as { readonly fallback?: unknown } | undefined;
    if (last?.fallback !== undefined) return last.fallback;
    await wait(20);
  }
}

for (const carrier of CARRIERS) {
  suite(`a tool that only reads and has fallbacks (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: FailingUpstream;
    let guarded: Guarded;
    let alice: Peer;
    before(async () => {
      upstream = await startFailing();
      // Envoy ends a call that is silent when its agent or its stream ends: the proxy alone has a time for it.
      const lines = { tools: ['reply_timeout_ms: 1500'] };
      guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY, lines });
      alice = await openAgent(guarded, 'modern', 'user:alice');
    });
    after(async () => {
      await guarded.close();
      await upstream[Symbol.asyncDispose]();
    });
    const echo = (text: string, peer = alice): Promise<Answer> => callTool(peer, 'echo', { text });
    const timely = Object.entries(FAULTS).filter(([name]) => carrier === 'proxy' || name !== 'silence');

    for (const [name, fault] of timely) {
      test(`answers with what its rule says when its server fails: ${name}`, async () => {
        const recorded = (await outcomes(guarded.folder, 0)).length;
        upstream.fail(fault, 1);
        const answer = await echo(`never asked before ${name}`);
        assert.deepEqual([answer.status, textOf(answer)], [200, 'echo is away']);
        assert.equal(markOf(answer)?.['source'], 'static');
        assert.equal(markOf(answer)?.['rule'], 'fixed');
        assert.equal(upstream.arrived.length, 1);
        const told = (await outcomes(guarded.folder, recorded + 1)).at(-1);
        assert.deepEqual(told?.data['fallback'], { rule: 'fixed', source: 'static' });
        assert.equal(told?.data['decision_id'], answer.headers.get('sallyport-decision-id'));
      });
    }

    test('answers with the last result of the same call, of the same caller', async () => {
      upstream.fail('reset', 0);
      assert.equal(textOf(await echo('one')), 'one');
      assert.equal(markOf(await echo('one')), undefined);
      upstream.fail('reset', 9);
      const kept = await echo('one');
      assert.deepEqual([textOf(kept), markOf(kept)?.['source'], markOf(kept)?.['rule']], ['one', 'cached', 'kept']);
      assert.match(String(markOf(kept)?.['age_seconds']), /^\d+$/);
      assert.equal(textOf(await echo('two')), 'echo is away');
      const bob = await openAgent(guarded, 'modern', 'user:bob');
      assert.equal(textOf(await echo('one', bob)), 'echo is away');
      const legacy = await openAgent(guarded, 'legacy', 'user:alice');
      assert.equal(textOf(await echo('one', legacy)), 'echo is away');
    });

    test('goes on with its own answers when its server is back', async () => {
      upstream.fail('reset', 0);
      const answer = await echo('one');
      assert.deepEqual([textOf(answer), markOf(answer)], ['one', undefined]);
    });

    test('answers official clients so that they take it for a result', async () => {
      const authorization = `Bearer ${await guarded.token('user:carol')}`;
      for (const { driver } of clientDrivers().filter(({ skip }) => skip === false)) {
        upstream.fail('reset', 1);
        const steps = [{ do: 'call', tool: 'echo', args: { text: 'hi' } }] as const;
        const [outcome] = await driver.run(guarded.url(), steps, { authorization });
        assert.match(JSON.stringify(outcome), /"kind":"value".*echo is away/, driver.name);
        assert.match(JSON.stringify(outcome), /sallyport\/fallback/, driver.name);
      }
    });

    test('is the only one: a tool with effects fails as it did', async () => {
      upstream.fail({ status: 503 }, 1);
      const answer = await callTool(alice, 'add', { a: 1, b: 2 });
      assert.equal(answer.status, 503);
      assert.doesNotMatch(answer.text, /sallyport\/fallback/);
    });
  });

  suite(`a tool with fallbacks whose breaker is open (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is answered for without being called, and that is on record', async () => {
      await using upstream = await startFailing();
      const lines = { tools: [BREAKER] };
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY, lines });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'one' })), 'one');
      upstream.fail({ status: 503 }, 1);
      await callTool(alice, 'echo', { text: 'two' });
      const { length } = upstream.arrived;
      const opened = async (): Promise<Answer> => {
        for (;;) {
          const answer = await callTool(alice, 'echo', { text: 'one' });
          if (markOf(answer)?.['reason'] === 'breaker.open') return answer;
        }
      };
      const kept = await opened();
      assert.deepEqual([kept.status, textOf(kept), markOf(kept)?.['source']], [200, 'one', 'cached']);
      const sofar = upstream.arrived.length;
      const fixed = await callTool(alice, 'echo', { text: 'three' });
      assert.deepEqual([textOf(fixed), markOf(fixed)?.['source']], ['echo is away', 'static']);
      assert.equal(upstream.arrived.length, sofar);
      assert.ok(sofar <= length + 1);
      const told = (await recordedRefusal(guarded.folder)) as { readonly rule: string };
      assert.ok(['kept', 'fixed'].includes(told.rule));
    });
  });
}
