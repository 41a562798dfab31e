import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { floodClaims } from './flood-claims.ts';
import { runInitializeFloods } from './initialize-flood.ts';

const MIB = 1024 * 1024;

/* The short form of the floods in `npm run test:soak`. */
const floods = await runInitializeFloods({ warmUp: 1000, requests: 5000, callers: [1, 40] });

for (const flood of floods) {
  suite(`A guard under a flood of initialize by ${flood.callers} callers`, () => {
    for (const { text, holds, found } of floodClaims(flood, 20 * MIB)) test(text, () => assert.ok(holds, found));
  });
}
