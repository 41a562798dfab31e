import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
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
  for (const target of EVERYWHERE.filter((each) => serverOf(each) === name)) {
    suite(`the bare server ${target}`, { skip }, () => {
      for (const attack of HOSTILE_CALLS.filter(({ eras }) => eras.includes(eraOf(target)))) {
        const runs = attack.executesOn.includes(target);
        const title = `${runs ? `runs ${attack.runs}` : 'runs nothing'} for ${attack.name}`;
        test(title, () => (runs ? expectRun(start, target, attack) : expectNothing(start, target, attack)));
      }
    });
  }
}

async function expectRun(start: () => Promise<Upstream>, target: Target, attack: HostileCall): Promise<void> {
  await using server = await start();
  using connection = await attackOver(server, target, attack);
  const call = await firstRun(server, attack.runs);
  assert.equal(connection.closed, false);
  if (attack.runsWith !== undefined) assert.deepEqual(call.args, attack.runsWith);
}

async function expectNothing(start: () => Promise<Upstream>, target: Target, attack: HostileCall): Promise<void> {
  await using server = await start();
  using _ = await attackOver(server, target, attack);
  assert.deepEqual(
    (await server.calls()).filter(({ tool }) => tool === attack.runs),
    [],
  );
}

/** Sends the attack and waits for the first answer, whatever it is. */
async function attackOver(server: Upstream, target: Target, attack: HostileCall): Promise<RawConnection> {
  const peer = await openPeer(server.url, eraOf(target));
  const connection = await RawConnection.open(server.url);
  await connection.exchange(attack.build(peer));
  return connection;
}

/** The first call of `tool`: a smuggled one may run after the answer to what carried it. */
async function firstRun(server: Upstream, tool: string, timeoutMs = 5000): Promise<ObservedCall> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; ) {
    const call = (await server.calls()).find((each) => each.tool === tool);
    if (call !== undefined) return call;
  }
  assert.fail(`${tool} did not run`);
}
