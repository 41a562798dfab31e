import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startEverything } from '../servers/everything/start-everything.ts';
import { compareReports } from './compare-reports.ts';
import { unexpected } from './expected-differences.ts';
import { runConformance } from './run-conformance.ts';

const reportOf = (checks: Record<string, string>) => ({
  revision: '2025-11-25' as const,
  conforms: true,
  passed: 0,
  failed: 0,
  checks: new Map(Object.entries(checks)),
  output: '',
});

suite('the conformance fixture, direct', () => {
  test('scores 84 of 84 for 2025-11-25', async () => {
    await using server = await startEverything();
    const report = await runConformance(server.url, '2025-11-25');
    assert.deepEqual([report.conforms, report.passed, report.failed], [true, 84, 0], report.output);
  });

  test('passes every required scenario of 2026-07-28 and fails only in the tasks extension, which the SDK does not serve', async () => {
    await using server = await startEverything();
    const report = await runConformance(server.url, '2026-07-28');
    const failing = [...report.checks].filter(([, status]) => status.includes('FAILURE')).map(([key]) => key);
    assert.deepEqual([report.conforms, report.passed], [true, 164], report.output);
    assert.deepEqual(
      failing.filter((key) => !key.startsWith('tasks-')),
      [],
    );
  });
});

suite('compareReports()', () => {
  const differences = compareReports(
    reportOf({ 'ping:ping': 'SUCCESS', 'caching:ttl': 'SUCCESS', 'same:same': 'FAILURE' }),
    reportOf({ 'ping:ping': 'FAILURE', 'other:new': 'SUCCESS', 'same:same': 'FAILURE' }),
  );

  test('finds changed, missing and added checks and nothing else', () => {
    assert.deepEqual(differences, [
      { key: '2025-11-25 caching:ttl', direct: 'SUCCESS', carried: 'absent' },
      { key: '2025-11-25 other:new', direct: 'absent', carried: 'SUCCESS' },
      { key: '2025-11-25 ping:ping', direct: 'SUCCESS', carried: 'FAILURE' },
    ]);
  });

  test('together with expectations leaves what is not expected, and expectations that are stale', () => {
    const expected = new Map([
      ['2025-11-25 ping:ping', 'x'],
      ['2025-11-25 caching:ttl', 'x'],
      ['2025-11-25 gone:gone', 'x'],
    ]);
    assert.deepEqual(unexpected(differences, expected), [
      'differs: 2025-11-25 other:new: direct absent, through Sallyport SUCCESS',
      'stale: 2025-11-25 gone:gone: no longer differs',
    ]);
  });
});
