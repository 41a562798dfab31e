import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { overloadClaims, runOverload } from './overload.ts';

suite('With ten times as many callers as there is room for, a call', { timeout: 120_000 }, () => {
  test('is safe', async (context) => {
    const report = await runOverload({ atOnce: 4, times: 10, seconds: 2 });
    for (const { text, holds, found } of overloadClaims(report, { timed: false })) {
      await context.test(text, () => assert.ok(holds, found));
    }
  });
});
