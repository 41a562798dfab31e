import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { startEverything } from '../servers/everything/start-everything.ts';
import { compareReports } from './compare-reports.ts';
import { readExpectedDifferences, unexpected } from './expected-differences.ts';
import { REVISIONS, runConformance } from './run-conformance.ts';

suite('the conformance suite through the proxy', () => {
  test('finds what it finds direct, but for the listed differences', async () => {
    await using server = await startEverything();
    await using sallyport = await startSallyport({ servers: { everything: server.url } });
    const differences = [];
    for (const revision of REVISIONS) {
      const direct = await runConformance(server.url, revision);
      const proxied = await runConformance(sallyport.url('everything'), revision);
      differences.push(...compareReports(direct, proxied));
    }
    assert.deepEqual(unexpected(differences, await readExpectedDifferences()), []);
  });
});
