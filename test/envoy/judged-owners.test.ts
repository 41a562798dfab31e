import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { type Answer, callTool, exchange, headerOf, openAgent, send, textOf, withHeaders } from '../e2e/agent.ts';
import { startRecorder } from '../e2e/recorder.ts';
import { startTasks } from '../e2e/start-tasks.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { startBehindEnvoy, WIRINGS } from './start-behind-envoy.ts';

const sessionOf = (peer: Peer): string => headerOf(peer, 'mcp-session-id');
const TOOL = 'test_input_required_result_request_state';
const ACCEPTED = { confirm: { action: 'accept', content: { ok: true } } };
const taskOf = ({ messages, text }: Answer): string => messages.at(-1)?.result?.task?.taskId ?? assert.fail(text);

for (const wiring of WIRINGS) {
  suite(`what Envoy shows of a tool server belongs to one caller (${wiring})`, { skip: whyNoEnvoy() }, () => {
    test('sessions are sealed, end with DELETE, and are nothing to others', async () => {
      await using upstream = await startV1();
      await using recorder = await startRecorder(upstream.url);
      await using behind = await startBehindEnvoy({ wiring, upstream: recorder.url });
      const alice = await openAgent(behind, 'legacy', 'user:alice');
      const bob = await openAgent(behind, 'legacy', 'user:bob');
      recorder.forget();
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'mine' })), 'mine');
      const inner = String(recorder.reached.at(-1)?.headers['mcp-session-id']);
      assert.match(inner, /^[0-9a-f-]{36}$/);
      assert.ok(!sessionOf(alice).includes(inner));
      recorder.forget();
      for (const id of [sessionOf(alice), inner, 'forged']) {
        const { status, reason } = await callTool(withHeaders(bob, { 'mcp-session-id': id }), 'echo', { text: 'x' });
        assert.deepEqual([status, reason], [404, 'session.unknown']);
      }
      assert.deepEqual(recorder.bodies(), []);
      assert.equal((await (await exchange(alice, 'DELETE')).whole()).status, 200);
      const gone = await callTool(alice, 'echo', { text: 'x' });
      assert.deepEqual([gone.status, gone.reason], [404, 'session.ended']);
    });

    test('tasks are sealed in replies, and opened in the bytes that the tool server gets', async () => {
      await using upstream = await startTasks();
      await using recorder = await startRecorder(upstream.url);
      await using behind = await startBehindEnvoy({ wiring, upstream: recorder.url });
      const alice = await openAgent(behind, 'legacy', 'user:alice');
      const bob = await openAgent(behind, 'legacy', 'user:bob');
      const call = { name: 'ponder', arguments: { thought: 'a secret' }, task: { ttl: 60_000 } };
      const task = taskOf(await send(alice, 'tools/call', call));
      recorder.forget();
      assert.match((await send(alice, 'tasks/result', { taskId: task })).text, /pondered: a secret/);
      const sent = recorder.bodies()[0] ?? '';
      const inner: string = JSON.parse(sent).params.taskId;
      assert.match(inner, /^[0-9a-f]{32}$/);
      assert.equal(String(sent.length), recorder.reached[0]?.headers['content-length']);
      recorder.forget();
      for (const [peer, taskId] of [
        [bob, task],
        [bob, inner],
        [alice, inner],
      ] as const) {
        const { reason, text } = await send(peer, 'tasks/result', { taskId });
        assert.equal(reason, 'handle.unknown', text);
      }
      assert.deepEqual(recorder.bodies(), []);
    });

    test('request states are sealed in replies, and opened in the bytes that the tool server gets', async () => {
      await using upstream = await startEverything();
      await using recorder = await startRecorder(upstream.url);
      const lines = wiring === 'authorize' ? ['judge_replies: always'] : [];
      await using behind = await startBehindEnvoy({ wiring, upstream: recorder.url, lines });
      const alice = await openAgent(behind, 'modern', 'user:alice');
      const bob = await openAgent(behind, 'modern', 'user:bob');
      const asked = await callTool(alice, TOOL);
      const { requestState } = asked.messages.at(-1)?.result ?? assert.fail(asked.text);
      const params = { name: TOOL, arguments: {}, inputResponses: ACCEPTED, requestState };
      recorder.forget();
      assert.equal((await send(bob, 'tools/call', params)).reason, 'handle.unknown');
      assert.deepEqual(recorder.bodies(), []);
      assert.equal(textOf(await send(alice, 'tools/call', params)), 'state-ok');
      const inner: string = JSON.parse(recorder.bodies()[0] ?? '').params.requestState;
      assert.notEqual(inner, requestState);
    });
  });
}
