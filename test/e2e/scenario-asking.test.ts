import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { openPeer, type Peer } from '../attacks/peer.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { ts2 } from '../clients/ts-2.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { type Answer, callTool, headerOf, openAgent, openRequest, post, send, textOf, withHeaders } from './agent.ts';
import { startRecorder } from './recorder.ts';
import { startGuarded } from './start-guarded.ts';
import { startTasks } from './start-tasks.ts';

const START = { legacy: startV1, modern: startV2 };

for (const carrier of CARRIERS) {
  suite(`a tool that asks back (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const { driver, skip } of clientDrivers()) {
      test(`gets the answers of the person and of the model from ${driver.name}`, { skip }, async () => {
        await using upstream = await START[driver.era]();
        await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
        const outcomes = await driver.run(
          guarded.url(),
          [
            { do: 'call', tool: 'ask', args: { question: 'Really?' } },
            { do: 'call', tool: 'think', args: { prompt: 'Capital of France?' } },
          ],
          { authorization: `Bearer ${await guarded.token('user:alice')}` },
        );
        assert.match(JSON.stringify(outcomes[0]), /the user says yes/);
        assert.match(JSON.stringify(outcomes[1]), /the model says .*Paris/);
      });
    }

    test('is answered in the legacy era by who was asked only, whoever knows the id of the question', async () => {
      await using upstream = await startV1();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const bob = await openAgent(guarded, 'legacy', 'user:bob');
      const asking = await openRequest(alice, 'tools/call', { name: 'ask', arguments: { question: 'Delete all?' } });
      const question = /^data: (.*"method":"elicitation\/create".*)$/m;
      let heard = '';
      while (!question.test(heard)) heard = await asking.more();
      const id: unknown = JSON.parse(question.exec(heard)?.[1] ?? '').id;

      const says = (answer: string) => ({ id, result: { action: 'accept', content: { answer } } });
      const forged = withHeaders(bob, { 'mcp-session-id': headerOf(alice, 'mcp-session-id') });
      const refused = await post(forged, says('yes, says Bob'));
      assert.deepEqual([refused.status, refused.reason], [404, 'session.unknown']);
      // In his own session the server knows of no such question.
      await post(bob, says('yes, says Bob'));
      assert.equal((await post(alice, says('no, says Alice'))).status, 202);
      assert.equal(textOf(await asking.whole()), 'the user says no, says Alice');
    });
  });
}

const TOOL = 'test_input_required_result_request_state';
const ACCEPTED = { confirm: { action: 'accept', content: { ok: true } } };
const callWith = (peer: Peer, requestState: string, name = TOOL): Promise<Answer> =>
  send(peer, 'tools/call', { name, arguments: {}, inputResponses: ACCEPTED, requestState });

for (const carrier of CARRIERS) {
  suite(`a request state (${carrier})`, { skip: whyNot(carrier) }, () => {
    /** Begins a call that needs input, and tells what its caller was given to come back with. */
    async function ask(peer: Peer): Promise<string> {
      const { messages, text } = await callTool(peer, TOOL);
      const { resultType, requestState } = messages.at(-1)?.result ?? {};
      assert.equal(resultType, 'input_required', text);
      return requestState;
    }

    test('completes the call of who was given it, also after a restart', async () => {
      await using upstream = await startEverything();
      await using recorder = await startRecorder(upstream.url);
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url } });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const state = await ask(alice);
      assert.equal(textOf(await callWith(alice, state)), 'state-ok');
      const { params } = JSON.parse(recorder.bodies().at(-1) ?? '');
      assert.notEqual(params.requestState, state);
      assert.ok(!Buffer.from(state, 'base64url').includes(params.requestState));
      await guarded.restart();
      assert.equal(textOf(await callWith({ ...alice, url: guarded.url() }, state)), 'state-ok');
    });

    test('is nothing to another caller, on another server, tampered, or as the server made it', async () => {
      await using upstream = await startEverything();
      await using recorder = await startRecorder(upstream.url);
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url, other: recorder.url } });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const bob = await openAgent(guarded, 'modern', 'user:bob');
      const elsewhere = await openAgent(guarded, 'modern', 'user:alice', { server: 'other' });
      const state = await ask(alice);
      await callWith(alice, state);
      const inner: string = JSON.parse(recorder.bodies().at(-1) ?? '').params.requestState;
      const flipped = Buffer.from(state, 'base64url');
      flipped[30] = (flipped[30] ?? 0) ^ 1;
      recorder.forget();
      for (const [peer, forged] of [
        [bob, state],
        [elsewhere, state],
        [alice, await ask(bob)],
        [alice, inner],
        [alice, flipped.toString('base64url')],
        [alice, state.slice(0, -4)],
        [alice, `${state}AAAA`],
        [alice, ''],
      ] as const) {
        recorder.forget();
        const { status, reason, messages } = await callWith(peer, forged);
        assert.deepEqual([status, reason, messages[0]?.error?.code], [200, 'handle.unknown', -32_602]);
        assert.deepEqual(recorder.bodies(), []);
      }
      assert.equal(textOf(await callWith(alice, state)), 'state-ok');
    });

    test('is nothing in another call than the one it was given for', async () => {
      await using upstream = await startEverything();
      await using recorder = await startRecorder(upstream.url);
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url } });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const state = await ask(alice);
      recorder.forget();
      const { reason } = await callWith(alice, state, 'test_input_required_result_tampered_state');
      assert.equal(reason, 'handle.unknown');
      assert.deepEqual(recorder.bodies(), []);
      assert.equal(textOf(await callWith(alice, state)), 'state-ok');
    });

    test('is no session, and a session no request state', async () => {
      await using upstream = await startEverything();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const modern = await openAgent(guarded, 'modern', 'user:alice');
      const legacy = await openAgent(guarded, 'legacy', 'user:alice');
      const state = await ask(modern);
      const asSession = await callTool(withHeaders(legacy, { 'mcp-session-id': state }), 'echo', { text: 'hi' });
      assert.deepEqual([asSession.status, asSession.reason], [404, 'session.unknown']);
      assert.equal((await callWith(modern, headerOf(legacy, 'mcp-session-id'))).reason, 'handle.unknown');
    });

    test('goes through several rounds of the official client', async () => {
      await using upstream = await startEverything();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const headers = { authorization: `Bearer ${await guarded.token('user:alice')}` };
      const steps = [{ do: 'call', tool: 'test_input_required_result_multi_round' }] as const;
      const [outcome] = await ts2('modern').run(guarded.url(), steps, headers);
      assert.match(JSON.stringify(outcome), /The favorite color is blue/);
    });
  });
}

for (const carrier of CARRIERS) {
  suite(`a task (${carrier})`, { skip: whyNot(carrier) }, () => {
    const ponder = (peer: Peer, thought: string): Promise<Answer> =>
      send(peer, 'tools/call', { name: 'ponder', arguments: { thought }, task: { ttl: 60_000 } });
    const taskOf = ({ messages, text }: Answer): string => messages.at(-1)?.result?.task?.taskId ?? assert.fail(text);
    const METHODS = ['tasks/get', 'tasks/result', 'tasks/cancel'];

    test('belongs to who began it, although the server would give it to anybody', async () => {
      await using upstream = await startTasks();
      await using recorder = await startRecorder(upstream.url);
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url } });
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const bob = await openAgent(guarded, 'legacy', 'user:bob');
      const task = taskOf(await ponder(alice, 'a secret'));
      const own = taskOf(await ponder(bob, 'nothing'));
      recorder.forget();
      assert.match((await send(alice, 'tasks/result', { taskId: task })).text, /pondered: a secret/);
      const inner: string = JSON.parse(recorder.bodies()[0] ?? '').params.taskId;
      assert.match(inner, /^[0-9a-f]{32}$/);
      assert.equal(recorder.reached[0]?.headers['content-length'], String(recorder.bodies()[0]?.length));

      const direct = await openPeer(upstream.url, 'legacy');
      assert.match((await send(direct, 'tasks/result', { taskId: inner })).text, /a secret/);
      recorder.forget();
      for (const method of METHODS) {
        for (const [peer, taskId] of [
          [bob, task],
          [bob, inner],
          [alice, inner],
          [alice, task.slice(0, -2)],
        ] as const) {
          const { reason, text } = await send(peer, method, { taskId });
          assert.equal(reason, 'handle.unknown', text);
          assert.doesNotMatch(text, /secret/);
        }
      }
      assert.deepEqual(recorder.bodies(), []);
      const listed = async (peer: Peer): Promise<unknown> =>
        (await send(peer, 'tasks/list')).messages.at(-1)?.result.tasks.map(({ taskId }: { taskId: string }) => taskId);
      assert.deepEqual([await listed(alice), await listed(bob)], [[task], [own]]);

      await guarded.restart();
      const [aliceAgain, bobAgain] = [alice, bob].map((peer) => ({ ...peer, url: guarded.url() })) as [Peer, Peer];
      assert.deepEqual([await listed(aliceAgain), await listed(bobAgain)], [[task], [own]]);
      assert.match((await send(aliceAgain, 'tasks/result', { taskId: task })).text, /pondered: a secret/);
    });

    test('works with the official client', async () => {
      await using upstream = await startTasks();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const client = new Client({ name: 'test', version: '1.0.0' });
      const headers = { authorization: `Bearer ${await guarded.token('user:alice')}` };
      await client.connect(new StreamableHTTPClientTransport(new URL(guarded.url()), { requestInit: { headers } }));
      const { tasks } = client.experimental;
      const call = { name: 'ponder', arguments: { thought: 'deep' } };
      const said = await Array.fromAsync(tasks.callToolStream(call, undefined, { task: {} }));
      await client.close();
      assert.deepEqual([said[0]?.type, said.at(-1)?.type], ['taskCreated', 'result']);
      assert.match(JSON.stringify(said.at(-1)), /pondered: deep/);
    });
  });
}
