import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Claim } from '../soak/claim.ts';
import { killsClaims } from '../soak/envoy/kills-claims.ts';
import { reloadsClaims } from '../soak/envoy/reloads-claims.ts';
import { restartsClaims } from '../soak/envoy/restarts-claims.ts';
import { runKills } from '../soak/envoy/run-kills.ts';
import { runReloads } from '../soak/envoy/run-reloads.ts';
import { runRestarts } from '../soak/envoy/run-restarts.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { WIRINGS } from '../e2e/carriers.ts';

/* The short form of `npm run test:soak:envoy`, where the clock is looked at too. */

async function expect(t: TestContext, claims: readonly Claim[]): Promise<void> {
  for (const { text, holds, found } of claims) {
    await t.test(text, () => assert.ok(holds, found));
    t.diagnostic(found);
  }
}

for (const wiring of WIRINGS) {
  suite(`A Sallyport that is asked all the while (${wiring})`, { skip: whyNoEnvoy() }, () => {
    test('and killed', async (t) => {
      await expect(t, killsClaims(await runKills({ wiring, kills: 3, seed: 1 }), Infinity));
    });

    test('and given other rules', async (t) => {
      await expect(t, reloadsClaims(await runReloads({ wiring, reloads: 6 })));
    });

    test('and stopped', async (t) => {
      await expect(t, restartsClaims(await runRestarts({ wiring, restarts: 3 })));
    });
  });
}
