import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hostileClaims } from './hostile-claims.ts';
import { runHostileSoak } from './hostile-soak.ts';

const MIB = 1024 * 1024;

/*
 * The short form of `npm run test:soak`. So few requests are still warming the process up, natively: its resident memory only
 * shows gross leaks here. What is left of its heap shows all of some 300 bytes a request.
 */
const report = await runHostileSoak({ seed: 1, warmUp: 1500, requests: 4000, checkpoints: 4 });

suite('A guard under hostile requests', () => {
  for (const { text, holds, found } of hostileClaims(report, { requests: 4000, heap: MIB, resident: 16 * MIB })) {
    test(text, () => assert.ok(holds, found));
  }
});
