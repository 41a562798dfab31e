import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObservedCall, Upstream } from '../servers/upstream.ts';
import { EVERYWHERE, eraOf, type HostileCall, serverOf } from './hostile-call.ts';
import { HOSTILE_CALLS } from './hostile-calls.ts';
import { openPeer, type Peer } from './peer.ts';
import { RawConnection } from './raw-connection.ts';

/**
 * Makes the tests that show, for every hostile call, whether this official server runs it with nothing in front. They are
 * why the reader is as strict as it is, and they say when a server gets stricter itself.
 */
export function testBareServer(start: () => Promise<Upstream>, name: Upstream['name'], skip: string | false): void {
  for (const target of EVERYWHERE.filter((each) => serverOf(each) === name)) {
    suite(`the bare server ${target}`, { skip }, () => {
      let server: Upstream;
      let peer: Peer;
      before(async () => {
        server = await start();
        peer = await openPeer(server.url, eraOf(target));
      });
      after(() => server.close());
      for (const attack of HOSTILE_CALLS.filter(({ eras }) => eras.includes(eraOf(target)))) {
        const runs = attack.executesOn.includes(target);
        const title = `${runs ? `runs ${attack.runs}` : 'runs nothing'} for ${attack.name}`;
        test(title, () => (runs ? expectRun(server, peer, attack) : expectNothing(server, peer, attack)));
      }
    });
  }
}

async function expectRun(server: Upstream, peer: Peer, attack: HostileCall): Promise<void> {
  using _ = await attackOver(server, peer, attack);
  const call = await firstRun(server, attack.runs);
  if (attack.runsWith !== undefined) assert.deepEqual(call.args, attack.runsWith);
}

async function expectNothing(server: Upstream, peer: Peer, attack: HostileCall): Promise<void> {
  using _ = await attackOver(server, peer, attack);
  const runs = (await server.calls()).filter(({ tool }) => tool === attack.runs);
  assert.deepEqual(runs, []);
}

/** Sends the attack and waits for the first answer, whatever it is. */
async function attackOver(server: Upstream, peer: Peer, attack: HostileCall): Promise<RawConnection> {
  await server.forget();
  const connection = await RawConnection.open(server.url);
  await connection.exchange(attack.build(peer));
  return connection;
}

/** The first call of `tool`: a smuggled one may run after the answer to what carried it. */
async function firstRun(server: Upstream, tool: string, timeoutMs = 30_000): Promise<ObservedCall> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await nextTurn()) {
    const call = (await server.calls()).find((each) => each.tool === tool);
    if (call !== undefined) return call;
  }
  return assert.fail(`${tool} did not run`);
}
