import { after, before, suite, test } from 'node:test';
import { expectStopped } from '../attacks/expect-stopped.ts';
import { EVERYWHERE, eraOf, serverOf } from '../attacks/hostile-call.ts';
import { HOSTILE_CALLS } from '../attacks/hostile-calls.ts';
import { openPeer, type Peer } from '../attacks/peer.ts';
import type { Upstream } from '../servers/upstream.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

/**
 * Makes the tests that show, for every hostile call, that Sallyport stops it in front of this server, in each era the
 * server speaks. Rules allow everything, so it is the reading that stops it. `test/attacks/bare-server-*.test.ts` shows
 * what the same bytes do without it.
 */
export function testGuardedServer(start: () => Promise<Upstream>, name: Upstream['name'], skip: string | false): void {
  for (const target of EVERYWHERE.filter((each) => serverOf(each) === name)) {
    suite(`Sallyport in front of ${target}`, { skip }, () => {
      let upstream: Upstream;
      let sallyport: StartedSallyport;
      let peer: Peer;
      before(async () => {
        upstream = await start();
        sallyport = await startSallyport({ servers: { tools: upstream.url } });
        peer = await openPeer(sallyport.url('tools'), eraOf(target));
      });
      after(async () => {
        await sallyport.close();
        await upstream.close();
      });
      for (const attack of HOSTILE_CALLS.filter(({ eras }) => eras.includes(eraOf(target)))) {
        test(`stops ${attack.name}`, async () => void (await expectStopped(peer, upstream, attack)));
      }
    });
  }
}
