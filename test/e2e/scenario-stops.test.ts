import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runLift, runStop, type StopTargets } from '../../src/cli/stop.ts';
import type { Peer } from '../attacks/peer.ts';
import { startPrimed } from '../servers/v1/start-primed.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { callTool, exchange, openAgent, openRequest, type OpenStream, send, textOf } from './agent.ts';
import { ALL_JUDGED, CARRIERS, whyNot } from './carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';
import { within } from './within.ts';

/** Stops something. @returns the id of the stop. */
async function stop({ folder }: Guarded, what: StopTargets & { readonly ttl?: string }): Promise<string> {
  const io = listeningIo();
  assert.equal(await runStop({ config: join(folder, 'sallyport.yaml'), ...what }, io), 0, io.complained());
  return /^Stopped: (\S+)/.exec(io.said())?.[1] ?? assert.fail(io.said());
}

async function lift({ folder }: Guarded, id: string): Promise<void> {
  assert.equal(await runLift(id, { config: join(folder, 'sallyport.yaml') }, listeningIo()), 0);
}

/** A call that says that it has begun and answers after `ms` milliseconds. */
async function slowCall(peer: Peer, ms: number): Promise<OpenStream> {
  const params = { name: 'slow', arguments: { ms }, _meta: { progressToken: 'p' } };
  const stream = await openRequest(peer, 'tools/call', params);
  while (!(await stream.more()).includes('notifications/progress'));
  return stream;
}

const echo = (peer: Peer) => callTool(peer, 'echo', { text: 'hi' });

for (const carrier of CARRIERS) {
  suite(`what an operator stops (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is refused at once, also a token that is known already, and passes when it is lifted', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const wish = { tokenId: 'token-1', claims: { txn: 'txn-1', act: { sub: 'agent:mail' } } };
      const alice = await openAgent(guarded, 'modern', 'user:alice', wish);
      const bob = await openAgent(guarded, 'modern', 'user:bob');
      assert.equal(textOf(await echo(alice)), 'hi');
      for (const what of [
        { agent: 'agent:mail' },
        { principal: 'user:alice' },
        { txn: 'txn-1' },
        { jti: 'token-1' },
        { tool: 'tools/echo' },
        { server: 'tools' },
        { all: true },
      ]) {
        const id = await stop(guarded, { ...what, ttl: '90s' });
        const refused = await echo(alice);
        assert.deepEqual([refused.status, refused.reason], [200, 'stop.in-force'], JSON.stringify(what));
        assert.match(refused.headers.get('retry-after') ?? '', /^(8[0-9]|90)$/);
        assert.match(textOf(refused), /^Refused: An operator has stopped this\.\n.*\nRetry after \d\d s\.\n/);
        const isHis = what.tool === undefined && what.server === undefined && what.all === undefined;
        assert.equal((await echo(bob)).reason, isHis ? undefined : 'stop.in-force');
        const list = await send(alice, 'tools/list');
        assert.equal(list.reason, what.tool === undefined ? 'stop.in-force' : undefined);
        await lift(guarded, id);
        assert.equal((await echo(alice)).reason, undefined);
      }
    });

    test('ends its streams and its calls at once, and no others', async () => {
      await using upstream = await startPrimed();
      const lines = { tools: ALL_JUDGED[carrier] };
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, lines });
      const alice = await openAgent(guarded, 'legacy', 'user:alice', { claims: { act: { sub: 'agent:mail' } } });
      const bob = await openAgent(guarded, 'legacy', 'user:bob', { claims: { act: { sub: 'agent:news' } } });
      const [listening, calling, others] = [
        await exchange(alice, 'GET'),
        await slowCall(alice, 30_000),
        await slowCall(bob, 2000),
      ];
      await stop(guarded, { agent: 'agent:mail' });
      const [heard, called] = await within(2000, Promise.all([listening.whole(), calling.whole()]));
      assert.match(heard.text, /"logger":"sallyport".*"reason":"stop.in-force"/);
      assert.deepEqual([called.messages.at(-1)?.id, called.reason], [7, 'stop.in-force']);
      assert.equal(textOf(await others.whole()), 'done');

      const more = await slowCall(bob, 30_000);
      await stop(guarded, { tool: 'tools/slow' });
      assert.equal((await within(2000, more.whole())).reason, 'stop.in-force');
      assert.equal((await callTool(bob, 'echo', { text: 'hi' })).reason, undefined);
    });

    test('is stopped after a restart', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      await stop(guarded, { principal: 'user:alice' });
      await guarded.restart();
      assert.equal((await echo({ ...alice, url: guarded.url() })).reason, 'stop.in-force');
    });
  });
}
