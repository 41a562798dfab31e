import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Outcome } from '../clients/driver.ts';
import { clientDrivers } from '../clients/drivers.ts';
import { LEGITIMATE_STEPS } from '../clients/legitimate-steps.ts';
import { type EverythingServer, startEverything } from '../servers/everything/start-everything.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from './start-behind-envoy.ts';
import { type Guarded, OPEN_SERVER, startGuarded } from './start-guarded.ts';

/** Pairs each outcome with its step, so that a difference says where it is. */
const told = (outcomes: readonly Outcome[]) => LEGITIMATE_STEPS.map((step, index) => [step, outcomes[index]]);

/** One tool may not be called by anybody. */
const NO_ECHO = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: little }
rules:
  - { id: no-echo, match: { tool: echo }, effect: deny }
  - { id: others, match: { tool: "*" }, effect: allow }
`;

for (const wiring of WIRINGS) {
  suite(`legitimate traffic of the official clients through Envoy (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let server: EverythingServer;
    let open: Guarded;
    let filtered: Guarded;
    before(async () => {
      server = await startEverything();
      // A tool that asks back gives a state to come back with, which has to be sealed: its reply has to be judged, too.
      const serverLines = wiring === 'authorize' ? [...OPEN_SERVER, 'judge_replies: always'] : OPEN_SERVER;
      open = await startGuarded({ upstream: server.url, wiring, serverLines });
      filtered = await startGuarded({ upstream: server.url, wiring, policy: NO_ECHO });
    });
    after(async () => {
      await filtered[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    for (const { driver, skip } of clientDrivers()) {
      test(`of ${driver.name} comes out as it does direct`, { skip }, async () => {
        const direct = await driver.run(server.url, LEGITIMATE_STEPS);
        const judged = await driver.run(open.envoy.url, LEGITIMATE_STEPS);
        assert.deepEqual(told(judged), told(direct));
      });

      test(`of ${driver.name} sees no tool that nobody may call`, { skip }, async () => {
        const [listed] = await driver.run(filtered.envoy.url, [{ do: 'list', what: 'tools' }]);
        const text = JSON.stringify(listed);
        assert.match(text, /"name":"measure"/);
        assert.doesNotMatch(text, /"name":"echo"/);
      });
    }
  });
}
