import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { whyNot as whyNotBy } from '../e2e/carriers.ts';
import { whyNoRedis } from '../redis/redis-part.ts';
import { claimsOf } from './claims-of.ts';
import type { ChaosFault } from './fault.ts';
import { runTrial } from './trial.ts';
import { TRIAL_FORMS } from './trial-form.ts';

/**
 * Tries each fault in the short form, with the first of its carriers, and sees that all holds.
 *
 * @param whyNot Why they cannot be tried here; `false`: they can.
 */
export function tryFaults(faults: readonly ChaosFault[], whyNot: string | false = false): void {
  for (const fault of faults.filter(({ only }) => only !== 'long')) {
    const [carrier = 'proxy'] = fault.carriers ?? [];
    suite(`While ${fault.what}, a call`, {
      skip: whyNot || whyNotBy(carrier) || whyNoRedis(),
      timeout: 120_000,
    }, () => {
      test('is safe', async (context) => {
        const form = TRIAL_FORMS.short;
        const report = await runTrial(fault, carrier, form);
        for (const { text, holds, found } of claimsOf(fault, report, form)) {
          await context.test(text, () => assert.ok(holds, found));
        }
      });
    });
  }
}
