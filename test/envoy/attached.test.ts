import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { META, openPeer, type Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { metric, outcomes } from './outcomes.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

const UNJUDGED = 'sallyport_exchange_events_total{listener="agents",event="unjudged"}';

async function send(guarded: Guarded, bytes: Uint8Array): Promise<RawAnswer> {
  using connection = await RawConnection.open(guarded.envoy.url);
  return await connection.exchange(bytes, 20_000);
}

/** What comes of asking for the list of tools: `list`, or the reason of the refusal. */
async function list(guarded: Guarded): Promise<string> {
  const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{${META}}}`;
  const set = { 'mcp-method': 'tools/list', 'mcp-name': undefined };
  const answer = await send(guarded, rawRequest(peer, { body, set }));
  assert.ok(answer.kind === 'reply');
  return answer.body.includes('"tools"') ? 'list' : (/Reason ([\w.-]+),/.exec(answer.body)?.[1] ?? answer.body);
}

suite('ext_proc behind ext_authz', { skip: whyNoEnvoy() }, () => {
  test('is noticed when it is not there: after one reply what needs it is refused, until a reload', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({
      upstream: upstream.url,
      edit: (text) => {
        assert.match(text, /exact: pass/);
        return text.replaceAll('exact: pass', 'exact: judge');
      },
    });
    const { folder } = guarded.sallyport;
    assert.equal(await list(guarded), 'list');
    const [told] = await outcomes(folder, 1);
    assert.match(String(told?.data['operator_detail']), /no ext_proc stream/);
    assert.deepEqual([await list(guarded), await list(guarded)], ['door.reply-needed', 'door.reply-needed']);
    assert.equal(await metric(folder, UNJUDGED), 1);
    assert.equal(await guarded.sallyport.reload(), 'swapped');
    assert.equal(await list(guarded), 'list');
  });

  test('is believed in where it is there', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ upstream: upstream.url });
    for (let count = 1; count <= 5; count += 1) assert.equal(await list(guarded), 'list');
    assert.equal(await metric(guarded.sallyport.folder, UNJUDGED), 0);
    const kinds = (await outcomes(guarded.sallyport.folder, 5)).map(({ kind }) => kind);
    assert.deepEqual(
      kinds,
      Array.from({ length: 5 }, () => 'answered'),
    );
  });

  test('need not come for a call in a session: its client still sees its own session id', async () => {
    await using upstream = await startEverything();
    await using guarded = await startGuarded({ upstream: upstream.url });
    const peer = await openPeer(guarded.envoy.url, 'legacy');
    const own = peer.headers.find(([name]) => name === 'mcp-session-id')?.[1];
    const body = callText(peer, '"name":"test_simple_text","arguments":{}');
    const answer = await send(guarded, rawRequest(peer, { tool: 'test_simple_text', body }));
    assert.ok(answer.kind === 'reply' && answer.status === 200, JSON.stringify(answer));
    assert.match(answer.body, /"result"/);
    assert.equal(answer.headers.get('mcp-session-id'), own);
    const told = await outcomes(guarded.sallyport.folder, 3);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['answered', 'answered', 'answered'],
    );
  });
});
