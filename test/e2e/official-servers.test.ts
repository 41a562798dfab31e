import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ClientDriver, DriverName, Outcome, Step } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { startPython } from '../servers/python/start-python.ts';
import { whyNoPython } from '../servers/python/python-part.ts';
import type { Upstream, UpstreamName } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { startSallyport } from './start-sallyport.ts';

/** What all official servers offer. */
const STEPS: readonly Step[] = [
  { do: 'greet' },
  { do: 'list', what: 'tools' },
  { do: 'list', what: 'prompts' },
  { do: 'list', what: 'resources' },
  { do: 'list', what: 'templates' },
  { do: 'call', tool: 'echo', args: { text: 'Grüße 👋' } },
  { do: 'call', tool: 'add', args: { a: 1.5, b: 1e21 } },
  { do: 'call', tool: 'big', args: { bytes: 100_000 } },
  { do: 'call', tool: 'slow', args: { ms: 40 }, progress: true },
  { do: 'cancel', tool: 'slow', args: { ms: 8000 } },
  { do: 'call', tool: 'ask', args: { question: 'Really?' } },
  { do: 'call', tool: 'think', args: { prompt: 'Capital of France?' } },
  { do: 'prompt', name: 'greet', args: { name: 'Ada' } },
  { do: 'complete', prompt: 'greet', argument: 'name', value: 'A' },
  { do: 'read', uri: 'memo://greeting' },
  { do: 'read', uri: 'memo://notes/7' },
  { do: 'leave' },
];

interface Served {
  readonly start: () => Promise<Upstream>;
  readonly skip: string | false;
  readonly drivers: readonly DriverName[];
}

/** Each server with the clients whose era it speaks in full. */
const SERVED: Readonly<Record<UpstreamName, Served>> = {
  v1: { start: startV1, skip: false, drivers: ['ts-1 legacy', 'ts-2 legacy'] },
  v2: { start: startV2, skip: false, drivers: ['ts-2 modern'] },
  py: { start: startPython, skip: whyNoPython(), drivers: ['ts-2 modern', 'py legacy', 'py modern'] },
};

/** Pairs each outcome with its step, so that a difference says where it is. */
const told = (outcomes: readonly Outcome[]) => STEPS.map((step, index) => [step, outcomes[index]]);

for (const [name, { start, skip, drivers }] of Object.entries(SERVED)) {
  suite(`the official server ${name}`, { skip }, () => {
    let upstream: Upstream;
    const direct = new Map<ClientDriver, Promise<readonly Outcome[]>>();
    before(async () => {
      upstream = await start();
    });
    after(() => upstream.close());

    for (const carrier of CARRIERS) {
      test(`serves by ${carrier} as it does direct`, { skip: whyNot(carrier) }, async () => {
        await using sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
        for (const { driver } of clientDrivers().filter((each) => drivers.includes(each.driver.name))) {
          const known = direct.get(driver) ?? driver.run(upstream.url, STEPS);
          direct.set(driver, known);
          const carried = await driver.run(sallyport.url('tools'), STEPS);
          assert.deepEqual(told(carried), told(await known), driver.name);
        }
      });
    }
  });
}
