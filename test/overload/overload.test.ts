import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { whyNot } from '../e2e/carriers.ts';
import { overloadClaims } from './overload-claims.ts';
import { runOverload } from './run-overload.ts';

const MIB = 1024 * 1024;

/* The short form of `npm run test:overload`, with a tool server so weak that other work on the machine matters little. */
const OPTIONS = {
  strength: { workers: 4, callMs: 400 },
  connections: 8,
  atMostS: 3,
  overloadS: 6,
  interactive: 0.4,
  times: 10,
};

/* Where nothing is shed, next to nothing is served in time; a machine that is short of time takes some of it as well. */
const LIMITS = { leastServed: 0.5, maxGrowth: 4 * MIB };

for (const carrier of ['proxy', 'authorize'] as const) {
  suite(`A guard under ten times as many calls as can be served (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('goes on', async (t) => {
      const report = await runOverload({ ...OPTIONS, carrier });
      for (const { text, holds, found } of overloadClaims(report, LIMITS)) {
        await t.test(text, () => assert.ok(holds, found));
      }
    });
  });
}
