import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { compilePolicies } from './load-policies.ts';
import { pinsCatalogue } from './pins-catalogue.ts';
import { isPassing, printTests } from './print-tests.ts';
import { readPolicySources } from './read-policy-sources.ts';
import { runTests } from './run-tests.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/policies');
const catalogue = pinsCatalogue(join(EXAMPLES, 'pins'));
const policies = compilePolicies(readPolicySources([EXAMPLES]), catalogue);

suite('examples/policies', () => {
  test('have nothing to warn of', () => assert.deepEqual(policies.warnings, []));

  test('pass their tests, and every refusal is tested', () => {
    const report = runTests(policies, catalogue);
    assert.ok(isPassing(report, true), printTests(report, true));
    assert.ok(report.results.length > 20);
  });

  test('hold the example of the design, word for word', () => {
    const text = readFileSync(join(EXAMPLES, 'files.yaml'), 'utf8');
    assert.match(
      text,
      /when: 'has\(principal\.spiffe\) && principal\.spiffe in sets\.readers && now\.getHours\("UTC"\) < 20'/,
    );
  });
});
