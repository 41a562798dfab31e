import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ClientDriver, Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { LEGITIMATE_STEPS } from '../clients/legitimate-steps.ts';
import { type EverythingServer, startEverything } from '../servers/everything/start-everything.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { policyOf } from './start-guarded.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

/** Pairs each outcome with its step, so that a difference says where it is. */
const told = (outcomes: readonly Outcome[]) => LEGITIMATE_STEPS.map((step, index) => [step, outcomes[index]]);

/** One tool may not be called by anybody. */
const NO_ECHO = policyOf(
  '{ id: no-echo, match: { tool: echo }, effect: deny }',
  '{ id: others, match: { tool: "*" }, effect: allow }',
);

suite('legitimate traffic', () => {
  let server: EverythingServer;
  const direct = new Map<ClientDriver['name'], Promise<readonly Outcome[]>>();
  before(async () => {
    server = await startEverything();
  });
  after(() => server[Symbol.asyncDispose]());

  /** How the steps come out without anything between. */
  async function directOf(driver: ClientDriver): Promise<readonly Outcome[]> {
    const known = direct.get(driver.name) ?? driver.run(server.url, LEGITIMATE_STEPS);
    direct.set(driver.name, known);
    return await known;
  }

  for (const carrier of CARRIERS) {
    suite(`by ${carrier}`, { skip: whyNot(carrier) }, () => {
      let open: StartedSallyport;
      let filtered: StartedSallyport;
      before(async () => {
        const servers = { everything: server.url };
        open = await startSallyport({ carrier, servers });
        filtered = await startSallyport({ carrier, servers, policy: NO_ECHO });
      });
      after(async () => {
        await filtered.close();
        await open.close();
      });

      for (const { driver, skip } of clientDrivers()) {
        test(`of ${driver.name} comes out as it does direct`, { skip }, async () => {
          const carried = await driver.run(open.url('everything'), LEGITIMATE_STEPS);
          assert.deepEqual(told(carried), told(await directOf(driver)));
        });

        test(`of ${driver.name} sees no tool that nobody may call`, { skip }, async () => {
          const [listed] = await driver.run(filtered.url('everything'), [{ do: 'list', what: 'tools' }]);
          const text = JSON.stringify(listed);
          assert.match(text, /"name":"measure"/);
          assert.doesNotMatch(text, /"name":"echo"/);
        });
      }
    });
  }
});
