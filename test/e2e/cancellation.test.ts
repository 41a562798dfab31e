import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ts1 } from '../clients/ts-1.ts';
import { ts2 } from '../clients/ts-2.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { startSallyport } from './start-sallyport.ts';

/** The names of what ran, once `tool` is among them. */
async function namesWith(upstream: Upstream, tool: string, timeoutMs = 30_000): Promise<readonly string[]> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await nextTurn()) {
    const names = (await upstream.calls()).map((call) => call.tool);
    if (names.includes(tool)) return names;
  }
  return assert.fail(`${tool} was never seen`);
}

for (const carrier of CARRIERS) {
  suite(`a call that its client takes back (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const [driver, start] of [
      [ts1, startV1],
      [ts2('legacy'), startV1],
      [ts2('modern'), startV2],
    ] as const) {
      test(`stops at the tool server, from ${driver.name}`, async () => {
        await using upstream = await start();
        await using sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
        // The call after it keeps the client connected until the word of it is out.
        const afterwards = { do: 'call', tool: 'echo', args: { text: 'after' } } as const;
        await driver.run(sallyport.url('tools'), [{ do: 'cancel', tool: 'slow', args: { ms: 20_000 } }, afterwards]);
        const names = await namesWith(upstream, 'slow.cancelled');
        assert.deepEqual(names.toSorted(), ['echo', 'slow', 'slow.cancelled']);
      });
    }
  });
}
