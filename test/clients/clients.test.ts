import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startEverything } from '../servers/everything/start-everything.ts';
import { clientDrivers } from './drivers.ts';
import { LEGITIMATE_STEPS } from './legitimate-steps.ts';

/** The steps that must end in an error, by what they do: all others must give a value. */
const FAILING = ['test://no-such-resource'];

suite('the official clients, direct', () => {
  for (const { driver, skip } of clientDrivers()) {
    test(`${driver.name} does every legitimate step`, { skip }, async () => {
      await using server = await startEverything();
      const outcomes = await driver.run(server.url, LEGITIMATE_STEPS);
      const failed = LEGITIMATE_STEPS.filter(
        (step, index) => step.do !== 'cancel' && outcomes[index]?.kind !== 'value',
      );
      assert.equal(outcomes.length, LEGITIMATE_STEPS.length);
      assert.deepEqual(
        failed.map((step) => (step.do === 'read' ? step.uri : step)),
        FAILING,
      );
      assert.ok(outcomes.some((outcome) => outcome.kind === 'value' && outcome.progress?.length === 3));
      assert.deepEqual(outcomes[LEGITIMATE_STEPS.findIndex((step) => step.do === 'hear')], {
        kind: 'value',
        value: 'heard',
      });
    });
  }
});
