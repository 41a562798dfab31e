import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Peer } from '../attacks/peer.ts';
import { RawConnection, type RawReply } from '../attacks/raw-connection.ts';
import { callText, type Departures, rawRequest } from '../attacks/raw-request.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import type { Upstream } from '../servers/upstream.ts';
import { CARRIERS, reasonFrom, WAYS, whyNot } from './carriers.ts';
import { callTool, openAgent, send, textOf } from './agent.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

/** Alice may call some tools; `delete_all` is denied to everybody; Bob may call nothing. */
const POLICY = policyOf(
  '{ id: alice, match: { tool: [echo, slow, send], principal: "user:alice" }, effect: allow }',
  '{ id: everything, match: { tool: delete_all }, effect: allow }',
  '{ id: not-that, match: { tool: delete_all }, effect: deny, message: nothing is deleted here }',
);

const echo = (peer: Peer): string => callText(peer, '"name":"echo","arguments":{"text":"hi"}');
const deleteAll = (peer: Peer): string => callText(peer);

/** Ids that a request may not have, as JSON; `undefined` for no id at all. */
const ODD_IDS = [undefined, 'null', '1.5', '1e2', '1.0', 'true', '[]', '{}', '9223372036854775808', '"\\ud800"'];

const withId = (text: string, id: string | undefined): string =>
  text.replace('"id":7,', id === undefined ? '' : `"id":${id},`);

interface Attack {
  readonly name: string;
  readonly departures: (peer: Peer) => Departures;
  readonly reason: RegExp;
}

const body =
  (write: (peer: Peer) => string | Uint8Array, tool = 'echo') =>
  (peer: Peer) => ({ tool, body: write(peer) });
const named = (name: string) => (peer: Peer) => ({
  tool: `=?base64?${Buffer.from(name).toString('base64')}?=`,
  body: callText(peer, `"name":${JSON.stringify(name)},"arguments":{"text":"hi"}`),
});
const region = (field: string, value: string) => (peer: Peer) => ({
  tool: 'send',
  body: callText(peer, '"name":"send","arguments":{"region":"eu","text":"hi"}'),
  add: [[field, value] as const],
});
const nested = (depth: number) => (peer: Peer) =>
  callText(peer, `"name":"echo","arguments":{"text":${'['.repeat(depth)}${']'.repeat(depth)}}`);
const notification = (method: string) => (peer: Peer) => ({
  body: callText(peer, '"x":1', `"method":"${method}"`),
  set: { 'mcp-method': method, 'mcp-name': undefined },
});

/** What gets through, or nearly, elsewhere. Each must stop here before it reaches anybody. */
const ATTACKS: readonly Attack[] = [
  { name: 'name twice', departures: body((p) => echo(p).replace('"name"', '"name":"slow","name"')), reason: /json/ },
  {
    name: 'name twice, once escaped',
    departures: body((p) => echo(p).replace('"name"', '"nam\\u0065":"slow","name"')),
    reason: /json\.duplicate-key/,
  },
  {
    name: 'params twice',
    departures: body((p) => echo(p).replace('"params"', '"params":{},"params"')),
    reason: /json/,
  },
  { name: 'method twice', departures: body((p) => echo(p).replace('"id"', '"method":"ping","id"')), reason: /json/ },
  { name: 'an argument twice', departures: body((p) => echo(p).replace('"text"', '"text":"","text"')), reason: /json/ },
  { name: 'a batch of one', departures: body((p) => `[${echo(p)}]`), reason: /rpc\.batch/ },
  { name: 'a byte order mark', departures: body((p) => `\ufeff${echo(p)}`), reason: /body\.encoding/ },
  { name: 'UTF-16', departures: body((p) => Buffer.from(echo(p), 'utf16le')), reason: /body\.encoding|json\.syntax/ },
  {
    name: 'Mcp-Name of another tool',
    departures: (p) => ({ body: echo(p), set: { 'mcp-name': 'slow' } }),
    reason: /header-mismatch/,
  },
  {
    name: 'Mcp-Method of another method',
    departures: (p) => ({ tool: 'echo', body: echo(p), set: { 'mcp-method': 'tools/list' } }),
    reason: /header-mismatch/,
  },
  {
    name: 'Mcp-Name twice',
    departures: (p) => ({ tool: 'echo', body: echo(p), add: [['mcp-name', 'echo'] as const, ['mcp-name', 'slow']] }),
    reason: /header-duplicate/,
  },
  { name: 'Mcp-Param-Region of another region', departures: region('mcp-param-region', 'us'), reason: /mismatch/ },
  { name: 'Mcp-Param-Region of a longer region', departures: region('mcp-param-region', 'eu-1'), reason: /mismatch/ },
  { name: 'Mcp-Param-* that no tool declares', departures: region('mcp-param-text', 'hi'), reason: /mismatch/ },
  ...['Echo', 'echo ', ' echo', 'e\u200bcho', '\uff45cho', 'files/echo', 'echo\n'].map((name) => ({
    name: `the tool name ${JSON.stringify(name)}`,
    departures: named(name),
    reason: /tool\.unknown|header-mismatch/,
  })),
  { name: 'a tool name with NUL', departures: named('echo\0'), reason: /json\.nul/ },
  { name: 'a denied tool', departures: body(deleteAll, 'delete_all'), reason: /policy\.denied/ },
  { name: 'a tool without a rule', departures: named('big'), reason: /policy\.no-allow|tool\.arguments/ },
  { name: 'arrays nested 100 deep', departures: body(nested(100)), reason: /json\.too-deep/ },
  { name: 'arrays nested 1000 deep', departures: body(nested(1000)), reason: /json\.too-deep/ },
  { name: 'a gzip body', departures: body((p) => gzipSync(echo(p))), reason: /body\.encoding|json\.syntax/ },
  {
    name: 'Content-Encoding on a plain body',
    departures: (p) => ({ tool: 'echo', body: echo(p), set: { 'content-encoding': 'gzip' } }),
    reason: /content-encoding/,
  },
  { name: '1e400', departures: body((p) => echo(p).replace('"hi"', '1e400')), reason: /json\.number/ },
  { name: 'an integer above 2^64', departures: body((p) => echo(p).replace('"hi"', '1'.repeat(30))), reason: /number/ },
  { name: 'a lone surrogate', departures: body((p) => echo(p).replace('hi', '\\ud800')), reason: /lone-surrogate/ },
  ...['notifications/x', 'notifications/tools/call', 'tools/call', 'notifications/message', 'x'].map((method) => ({
    name: `the notification ${method}`,
    departures: notification(method),
    reason: /notification-unknown|rpc\.id/,
  })),
];

for (const { era, carrier } of WAYS) {
  suite(`a call that is not allowed (${era}, ${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let guarded: Guarded;
    let alice: Peer;
    let bob: Peer;
    before(async () => {
      upstream = await startV2();
      recorder = await startRecorder(upstream.url);
      guarded = await startGuarded({ carrier, servers: { tools: recorder.url }, policy: POLICY });
      [alice, bob] = await Promise.all([openAgent(guarded, era, 'user:alice'), openAgent(guarded, era, 'user:bob')]);
    });
    after(async () => {
      await guarded.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    /** Sends it, shows that nothing was forwarded and that Alice's next call is served then. */
    async function stopped(peer: Peer, departures: Departures): Promise<RawReply> {
      recorder.forget();
      using connection = await RawConnection.open(peer.url);
      const answer = await connection.exchange(rawRequest(peer, departures));
      assert.ok(answer.kind === 'reply', answer.kind);
      assert.deepEqual(recorder.bodies(), []);
      using following = await connection.after(answer, peer.url);
      const next = await following.exchange(rawRequest(alice, { tool: 'echo', body: echo(alice) }));
      assert.ok(next.kind === 'reply' && next.status === 200 && /"hi"/.test(next.body), JSON.stringify(next));
      assert.deepEqual(recorder.bodies(), [echo(alice)]);
      return answer;
    }

    for (const id of ODD_IDS) {
      test(`never gets through with ${id ?? 'no'} id, not even of an allowed caller`, async () => {
        for (const [peer, tool, write] of [
          [alice, 'echo', echo],
          [alice, 'delete_all', deleteAll],
          [bob, 'echo', echo],
          [bob, 'delete_all', deleteAll],
        ] as const) {
          const { status, body: text } = await stopped(peer, { tool, body: withId(write(peer), id) });
          assert.equal(status, 400, text);
          assert.match(text, /rpc\.id|json\./);
        }
      });
    }

    for (const { name, departures, reason } of ATTACKS) {
      test(`is stopped: ${name}`, async () => {
        const { status, body: text } = await stopped(alice, departures(alice));
        assert.match(text, reason);
        assert.ok(status === 200 || status === 400 || status === 415, String(status));
      });
    }

    test('is stopped with a body of 3 MB and of 8 MB, by its size', async () => {
      for (const size of [3, 8]) {
        recorder.forget();
        const answer = await callTool(alice, 'echo', { text: 'x'.repeat(size * 1_000_000) });
        assert.deepEqual([answer.status, answer.reason], [413, reasonFrom(carrier, 'body.too-large')]);
        assert.deepEqual(recorder.bodies(), []);
        assert.equal(textOf(await callTool(alice, 'echo', { text: 'next' })), 'next');
      }
    });

    test('is stopped for who may call nothing, whose list is empty', async () => {
      recorder.forget();
      assert.equal((await callTool(bob, 'echo', { text: 'hi' })).reason, 'policy.no-allow');
      assert.deepEqual(recorder.bodies(), []);
      const [list] = (await send(bob, 'tools/list')).messages;
      assert.deepEqual(list?.result.tools, []);
      const names = (await send(alice, 'tools/list')).messages[0]?.result.tools.map(
        (tool: { name: string }) => tool.name,
      );
      assert.deepEqual(names, ['echo', 'send', 'slow']);
    });
  });
}

for (const carrier of CARRIERS) {
  suite(`what describes itself (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is judged as such whatever its headers say', async () => {
      await using upstream = await startV2();
      await using recorder = await startRecorder(upstream.url);
      await using guarded = await startGuarded({ carrier, servers: { tools: recorder.url }, policy: POLICY });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      recorder.forget();
      for (const set of [
        { 'mcp-protocol-version': '2025-11-25' },
        { 'mcp-protocol-version': undefined },
        { 'mcp-method': undefined },
        { 'mcp-name': undefined },
      ]) {
        using connection = await RawConnection.open(alice.url);
        const answer = await connection.exchange(rawRequest(alice, { tool: 'echo', body: echo(alice), set }));
        assert.ok(answer.kind === 'reply' && answer.status === 400, JSON.stringify(answer));
        assert.match(answer.body, /-32020.*mcp\.header-mismatch/);
      }
      assert.deepEqual(recorder.bodies(), []);
    });
  });
}
