import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObservedCall, Upstream } from '../servers/upstream.ts';
import { EVERYWHERE, eraOf, type HostileCall, serverOf, type Target } from './hostile-call.ts';
import { HOSTILE_CALLS } from './hostile-calls.ts';
import { openPeer } from './peer.ts';
import { RawConnection } from './raw-connection.ts';

/**
 * Makes the tests that show, for every hostile call, whether this official server runs it with nothing in front. They are
 * why the reader is as strict as it is, and they say when a server gets stricter itself.
 */
export function testBareServer(start: () => Promise<Upstream>, name: Upstream['name'], skip: string | false): void {
  suite(`the bare server ${name}`, { skip }, () => {
    let server: Upstream;
    before(async () => void (server = await start()));
    after(() => server.close());
    for (const target of EVERYWHERE.filter((each) => serverOf(each) === name)) {
      for (const attack of HOSTILE_CALLS.filter(({ eras }) => eras.includes(eraOf(target)))) {
        const runs = attack.executesOn.includes(target);
        const title = `${target} ${runs ? `runs ${attack.runs}` : 'runs nothing'} for ${attack.name}`;
        test(title, () => (runs ? expectRun(server, target, attack) : expectNothing(server, target, attack)));
      }
    }
  });
}

async function expectRun(server: Upstream, target: Target, attack: HostileCall): Promise<void> {
  using _ = await attackOver(server, target, attack);
  const call = await firstRun(server, attack.runs);
  if (attack.runsWith !== undefined) assert.deepEqual(call.args, attack.runsWith);
}

async function expectNothing(server: Upstream, target: Target, attack: HostileCall): Promise<void> {
  using _ = await attackOver(server, target, attack);
  const runs = (await server.calls()).filter(({ tool }) => tool === attack.runs);
  assert.deepEqual(runs, []);
}

/** Sends the attack and waits for the first answer, whatever it is. */
async function attackOver(server: Upstream, target: Target, attack: HostileCall): Promise<RawConnection> {
  await server.forget();
  const peer = await openPeer(server.url, eraOf(target));
  const connection = await RawConnection.open(server.url);
  await connection.exchange(attack.build(peer));
  return connection;
}

/** The first call of `tool`: a smuggled one may run after the answer to what carried it. */
async function firstRun(server: Upstream, tool: string, timeoutMs = 5000): Promise<ObservedCall> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await nextTurn()) {
    const call = (await server.calls()).find((each) => each.tool === tool);
    if (call !== undefined) return call;
  }
  return assert.fail(`${tool} did not run`);
}
