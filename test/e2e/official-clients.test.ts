import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { LEGITIMATE_STEPS } from '../clients/legitimate-steps.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { startSallyport } from './start-sallyport.ts';

/** Pairs each outcome with its step, so that a difference says where it is. */
const told = (outcomes: readonly Outcome[]) => LEGITIMATE_STEPS.map((step, index) => [step, outcomes[index]]);

suite('legitimate traffic of the official clients', () => {
  for (const { driver, skip } of clientDrivers()) {
    test(`of ${driver.name} comes out through the proxy as it does direct`, { skip }, async () => {
      await using server = await startEverything();
      await using sallyport = await startSallyport({ servers: { everything: server.url } });
      const direct = await driver.run(server.url, LEGITIMATE_STEPS);
      const proxied = await driver.run(sallyport.url('everything'), LEGITIMATE_STEPS);
      assert.deepEqual(told(proxied), told(direct));
    });
  }
});
