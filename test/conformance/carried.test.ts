import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CARRIERS, whyNot } from '../e2e/carriers.ts';
import { startSallyport } from '../e2e/start-sallyport.ts';
import { type EverythingServer, startEverything } from '../servers/everything/start-everything.ts';
import { compareReports } from './compare-reports.ts';
import { readExpectedDifferences, unexpected } from './expected-differences.ts';
import { type ConformanceReport, REVISIONS, runConformance } from './run-conformance.ts';

suite('the conformance suite', () => {
  let server: EverythingServer;
  const direct: ConformanceReport[] = [];
  before(async () => {
    server = await startEverything();
    for (const revision of REVISIONS) direct.push(await runConformance(server.url, revision));
  });
  after(() => server[Symbol.asyncDispose]());

  for (const carrier of CARRIERS) {
    test(`finds by ${carrier} what it finds direct, but for the listed differences`, {
      skip: whyNot(carrier),
    }, async () => {
      await using sallyport = await startSallyport({ carrier, servers: { everything: server.url } });
      const differences = [];
      for (const report of direct) {
        const carried = await runConformance(sallyport.url('everything'), report.revision);
        differences.push(...compareReports(report, carried));
      }
      assert.deepEqual(unexpected(differences, await readExpectedDifferences(carrier)), []);
    });
  }
});
