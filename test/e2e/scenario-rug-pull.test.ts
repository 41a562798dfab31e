import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { runAccept, runDiff } from '../../src/cli/catalogue.ts';
import { DRIFTED_DESCRIPTION, type Upstream } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { callTool, openAgent, send, textOf } from './agent.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

interface Listed {
  readonly name: string;
  readonly description?: string;
}

async function list(peer: Peer): Promise<readonly Listed[]> {
  return (await send(peer, 'tools/list')).messages.at(-1)?.result.tools;
}

const namesIn = (tools: readonly Listed[]) => tools.map(({ name }) => name);
const optionsFor = ({ folder }: Guarded) => ({ config: join(folder, 'sallyport.yaml'), server: 'tools' });

/** Shows that `echo` is refused for `peer`, that the rest is not, and that the tool never ran. */
async function expectQuarantine(peer: Peer, upstream: Upstream): Promise<void> {
  await upstream.forget();
  const refused = await callTool(peer, 'echo', { text: 'hi' });
  assert.deepEqual([refused.status, refused.reason], [200, 'tool.quarantined']);
  assert.equal(refused.messages.at(-1)?.result.isError, true);
  assert.doesNotMatch(refused.text, /id_ed25519/);
  assert.equal(textOf(await callTool(peer, 'add', { a: 1, b: 2 })), '3');
  assert.deepEqual(
    (await upstream.calls()).map(({ tool }) => tool),
    ['add'],
  );
}

for (const carrier of CARRIERS) {
  suite(`a tool whose definition changes after it was listed (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('is kept from every caller, across a restart, until the operator accepts what it is now', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const alice = await openAgent(guarded, 'legacy', 'user:alice');
      const bob = await openAgent(guarded, 'modern', 'user:bob');
      assert.ok(namesIn(await list(alice)).includes('echo'));
      assert.equal(textOf(await callTool(alice, 'echo', { text: 'before' })), 'before');

      await upstream.drift();
      const shown = await list(bob);
      assert.ok(!namesIn(shown).includes('echo') && namesIn(shown).includes('add'));
      assert.doesNotMatch(JSON.stringify(shown), /id_ed25519/);
      await expectQuarantine(bob, upstream);
      await expectQuarantine(alice, upstream);
      assert.ok(!namesIn(await list(alice)).includes('echo'));

      await guarded.restart();
      const again = await openAgent(guarded, 'legacy', 'user:alice');
      await expectQuarantine(again, upstream);

      const diff = listeningIo();
      assert.equal(await runDiff(optionsFor(guarded), diff), 1);
      assert.match(diff.said(), /~ echo: the definition changed[^]*id_ed25519[^]*in quarantine since[^]*user:bob/);
      // Nothing is accepted by looking, nor by a reload.
      assert.equal(await guarded.reload(), 'swapped');
      await expectQuarantine(again, upstream);

      assert.equal(await runAccept(['echo'], optionsFor(guarded), listeningIo()), 0);
      assert.equal(await guarded.reload(), 'swapped');
      assert.equal(textOf(await callTool(again, 'echo', { text: 'after', note: 'n' })), 'after');
      assert.equal((await list(again)).find(({ name }) => name === 'echo')?.description, DRIFTED_DESCRIPTION);
    });

    test('is kept from a session that was opened before, when another session is shown the change', async () => {
      await using upstream = await startV1();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const early = await openAgent(guarded, 'legacy', 'user:alice');
      assert.equal(textOf(await callTool(early, 'echo', { text: 'before' })), 'before');
      // This server changes only what sessions opened later are shown.
      await upstream.drift();
      const late = await openAgent(guarded, 'legacy', 'user:bob');
      assert.ok(!namesIn(await list(late)).includes('echo'));
      await expectQuarantine(late, upstream);
      await expectQuarantine(early, upstream);
      // Its own unchanged definition does not bring the tool back either.
      assert.ok(!namesIn(await list(early)).includes('echo'));
      await expectQuarantine(early, upstream);
    });
  });
}
