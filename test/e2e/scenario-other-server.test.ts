import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runLift, runStop } from '../../src/cli/stop.ts';
import { until } from '../../src/transports/proxy/upstream.fixture.ts';
import type { Peer } from '../attacks/peer.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { outcomes, toldRecords } from '../envoy/outcomes.ts';
import { type FailingUpstream, startFailing } from '../faults/failing-upstream.ts';
import { type Answer, callTool, openAgent, textOf } from './agent.ts';
import { whyNot } from './carriers.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

const POLICY = policyOf(
  '{ id: all, match: { tool: "*" }, effect: allow }',
  '{ id: not-there, match: { server: second, principal: "user:bob" }, effect: deny }',
  '{ id: other, match: { server: first, tool: echo }, effect: fallback, fallback: { server: second } }',
  '{ id: fixed, match: { server: first, tool: echo }, effect: fallback, fallback: { static: { text: away } } }',
);
/** Opens at the first failure, for longer than a test takes. */
const BREAKER = 'breaker: { minimum_calls: 1, window_calls: 1, wait_ms: 600000, max_wait_ms: 600000 }';

function markOf({ messages, text }: Answer): Record<string, unknown> | undefined {
  const result: { _meta?: Record<string, Record<string, unknown>> } = messages.at(-1)?.result ?? assert.fail(text);
  return result._meta?.['sallyport/fallback'];
}

interface Pair {
  readonly first: FailingUpstream;
  readonly second: FailingUpstream;
}

function forget({ first, second }: Pair): void {
  first.fail('reset', 0);
  second.fail('reset', 0);
}

suite('a tool that another server has, too', () => {
  let pair: Pair;
  let guarded: Guarded;
  before(async () => {
    pair = { first: await startFailing(), second: await startFailing() };
    const servers = { first: pair.first.url, second: pair.second.url };
    guarded = await startGuarded({ servers, policy: POLICY, lines: { first: ['reply_timeout_ms: 1500'] } });
  });
  after(async () => {
    await guarded.close();
    await pair.first[Symbol.asyncDispose]();
    await pair.second[Symbol.asyncDispose]();
  });
  afterEach(() => forget(pair));
  const agent = (subject = 'user:alice'): Promise<Peer> => openAgent(guarded, 'modern', subject, { server: 'first' });

  for (const fault of [{ status: 503 }, { status: 500 }, 'reset', 'silent'] as const) {
    test(`is called there when its own fails: ${JSON.stringify(fault)}`, async () => {
      const recorded = (await outcomes(guarded.folder, 0)).length;
      pair.first.fail(fault, 1);
      const answer = await callTool(await agent(), 'echo', { text: 'hi' });
      assert.deepEqual([answer.status, textOf(answer)], [200, 'hi']);
      const mark = markOf(answer);
      assert.deepEqual([mark?.['source'], mark?.['server'], mark?.['rule']], ['server', 'second', 'other']);
      assert.deepEqual([pair.first.arrived.length, pair.second.arrived.length], [1, 1]);
      const told = (await outcomes(guarded.folder, recorded + 1)).at(-1);
      assert.equal(told?.kind, 'answered');
      assert.deepEqual(told?.data['fallback'], { rule: 'other', server: 'second', source: 'server' });
    });
  }

  test('is not called there while its own answers', async () => {
    const answer = await callTool(await agent(), 'echo', { text: 'hi' });
    assert.equal(markOf(answer), undefined);
    assert.equal(pair.second.arrived.length, 0);
  });

  test('is answered by the next rule when both fail, or the rules of the other server refuse', async () => {
    pair.first.fail('reset', 1);
    pair.second.fail('reset', 1);
    const both = await callTool(await agent(), 'echo', { text: 'hi' });
    assert.deepEqual([textOf(both), markOf(both)?.['source']], ['away', 'static']);
    forget(pair);
    pair.first.fail('reset', 1);
    const bob = await callTool(await agent('user:bob'), 'echo', { text: 'hi' });
    assert.deepEqual([textOf(bob), markOf(bob)?.['source']], ['away', 'static']);
    assert.equal(pair.second.arrived.length, 0);
  });

  test('is not called there while an operator has stopped it there, whatever else fails', async () => {
    const alice = await agent();
    for (const what of [{ tool: 'second/echo' }, { server: 'second' }]) {
      forget(pair);
      const config = join(guarded.folder, 'sallyport.yaml');
      const io = listeningIo();
      assert.equal(await runStop({ config, ...what }, io), 0, io.complained());
      pair.first.fail('reset', 1);
      const answer = await callTool(alice, 'echo', { text: 'hi' });
      assert.deepEqual([textOf(answer), markOf(answer)?.['source']], ['away', 'static'], JSON.stringify(what));
      assert.deepEqual([pair.first.arrived.length, pair.second.arrived.length], [1, 0]);
      const id = /^Stopped: (\S+)/.exec(io.said())?.[1] ?? assert.fail(io.said());
      assert.equal(await runLift(id, { config }, listeningIo()), 0);
    }
  });

  test('ends at once when an operator stops the server that was called instead', async () => {
    const alice = await agent();
    pair.first.fail('reset', 1);
    pair.second.fail('silent', 1);
    const answering = callTool(alice, 'echo', { text: 'hi' });
    await until(() => pair.second.arrived.length === 1);
    const config = join(guarded.folder, 'sallyport.yaml');
    const io = listeningIo();
    assert.equal(await runStop({ config, server: 'second' }, io), 0, io.complained());
    const answer = await within(5000, answering);
    assert.equal(answer.reason, 'stop.in-force');
    const id = /^Stopped: (\S+)/.exec(io.said())?.[1] ?? assert.fail(io.said());
    assert.equal(await runLift(id, { config }, listeningIo()), 0);
  });

  test('answers official clients', async () => {
    const authorization = `Bearer ${await guarded.token('user:alice', {}, 'first')}`;
    for (const { driver } of clientDrivers().filter(({ skip }) => skip === false)) {
      forget(pair);
      pair.first.fail('reset', 1);
      const steps = [{ do: 'call', tool: 'echo', args: { text: 'hi' } }] as const;
      const [outcome] = await driver.run(guarded.url('first'), steps, { authorization });
      assert.match(JSON.stringify(outcome), /"kind":"value".*"text":"hi"/, driver.name);
      assert.equal(pair.second.arrived.length, 1, driver.name);
    }
  });
});

suite('a tool that another server has, too, and whose breaker is open', () => {
  test('is called there alone, and both breakers are heeded', async () => {
    await using first = await startFailing();
    await using second = await startFailing();
    const servers = { first: first.url, second: second.url };
    const lines = { first: [BREAKER], second: [BREAKER] };
    await using guarded = await startGuarded({ servers, policy: POLICY, lines });
    const alice = await openAgent(guarded, 'modern', 'user:alice', { server: 'first' });
    const echo = (): Promise<Answer> => callTool(alice, 'echo', { text: 'hi' });
    first.fail({ status: 503 }, 1);
    assert.equal(markOf(await echo())?.['reason'], 'upstream.status');
    const open = await echo();
    assert.deepEqual(
      [textOf(open), markOf(open)?.['reason'], markOf(open)?.['server']],
      ['hi', 'breaker.open', 'second'],
    );
    assert.deepEqual([first.arrived.length, second.arrived.length], [1, 2]);
    const intents = (await toldRecords(guarded.folder)).filter(({ type }) => type === 'intent');
    assert.deepEqual(intents.at(-1)?.data['fallback'], { rule: 'other', server: 'second', source: 'server' });
    second.fail('reset', 1);
    assert.equal(markOf(await echo())?.['source'], 'static');
    assert.deepEqual([textOf(await echo()), first.arrived.length, second.arrived.length], ['away', 1, 1]);
  });
});

suite('a tool that another server has, too, which asks for a token', () => {
  test('is not called there for who has shown none', async () => {
    await using first = await startFailing();
    await using second = await startFailing();
    const servers = { first: first.url, second: second.url };
    const lines = { first: ['identity: anonymous', 'capability: none'] };
    await using guarded = await startGuarded({ servers, policy: POLICY, lines });
    const anyone: Peer = { era: 'modern', url: guarded.url('first'), headers: [] };
    first.fail('reset', 1);
    const answer = await callTool(anyone, 'echo', { text: 'hi' });
    assert.deepEqual([textOf(answer), markOf(answer)?.['source']], ['away', 'static']);
    assert.deepEqual([first.arrived.length, second.arrived.length], [1, 0]);
  });
});

suite('a tool that another server has, too, and that has one connection', () => {
  test('can be called while a call of before is still at the other server', async () => {
    await using first = await startFailing();
    await using second = await startFailing();
    const servers = { first: first.url, second: second.url };
    const lines = { first: ['max_upstream_connections: 1'], second: ['reply_timeout_ms: 3500'] };
    await using guarded = await startGuarded({ servers, policy: POLICY, lines });
    const alice = await openAgent(guarded, 'modern', 'user:alice', { server: 'first' });
    first.fail('reset', 1);
    second.fail('silent', 1);
    const waiting = callTool(alice, 'echo', { text: 'hi' });
    await until(() => second.arrived.length === 1);
    assert.equal(textOf(await callTool(alice, 'echo', { text: 'ho' })), 'ho');
    assert.equal(markOf(await waiting)?.['source'], 'static');
    assert.deepEqual([first.arrived.length, second.arrived.length], [2, 1]);
  });
});

for (const carrier of ['authorize', 'inspect'] as const) {
  suite(`a tool that another server has, too (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is answered by the next rule: what Envoy carries goes where it was sent', async () => {
      await using first = await startFailing();
      await using second = await startFailing();
      const servers = { first: first.url, second: second.url };
      await using guarded = await startGuarded({ carrier, servers, policy: POLICY });
      const alice = await openAgent(guarded, 'modern', 'user:alice', { server: 'first' });
      first.fail({ status: 503 }, 1);
      const answer = await callTool(alice, 'echo', { text: 'hi' });
      assert.deepEqual([textOf(answer), markOf(answer)?.['source']], ['away', 'static']);
      assert.equal(second.arrived.length, 0);
    });
  });
}
