import type { RuleCoverage } from './coverage.ts';
import type { TestReport, TestResult } from './run-tests.ts';

/** The tests as a table, failures with their place, and coverage when it is asked for. */
export function printTests({ results, coverage }: TestReport, withCoverage: boolean): string {
  const rows = results.map((result) => [result.passed ? 'ok' : 'FAIL', result.rule, result.name, sayAnswer(result)]);
  const failed = results.filter(({ passed }) => !passed);
  return [
    ...table([['', 'rule', 'test', 'answer'], ...rows]),
    ...failed.map(printFailure),
    ...(withCoverage ? ['', ...table(coverageRows(coverage))] : []),
    '',
    `${results.length - failed.length} of ${results.length} tests pass.`,
    ...(withCoverage ? [untestedLine(coverage)] : []),
  ].join('\n');
}

/** Whether the run counts as a success: every test passes, and with coverage no refusal is untested. */
export function isPassing({ results, coverage }: TestReport, withCoverage: boolean): boolean {
  if (results.some(({ passed }) => !passed)) return false;
  return !withCoverage || coverage.every(({ verdict }) => verdict !== 'untested');
}

function sayAnswer({ expected, got, because }: TestResult): string {
  return expected === got ? `${got} (${because})` : `${got} instead of ${expected} (${because})`;
}

function printFailure({ file, position, rule, name, expected, got, because }: TestResult): string {
  const where = `${file}:${position.line}:${position.column}`;
  const what =
    got === expected ? `it gets ${got}, but not because of this rule` : `it gets ${got} instead of ${expected}`;
  return `${where}: error: ${rule}: test ${name}: ${what}: ${because}.`;
}

function coverageRows(coverage: readonly RuleCoverage[]): readonly (readonly string[])[] {
  const rows = coverage.map(({ rule, effect, seenTrue, seenFalse, verdict }) => [
    verdict,
    rule,
    effect,
    seenTrue ? 'yes' : 'no',
    seenFalse ? 'yes' : 'no',
  ]);
  return [['coverage', 'rule', 'effect', 'held', 'did not'], ...rows];
}

function untestedLine(coverage: readonly RuleCoverage[]): string {
  const full = coverage.filter(({ verdict }) => verdict === 'full').length;
  const untested = coverage.filter(({ verdict }) => verdict === 'untested').map(({ rule }) => rule);
  const missing = untested.length === 0 ? '' : ` No test sees these refuse: ${untested.join(', ')}.`;
  return `${full} of ${coverage.length} rules are covered in full.${missing}`;
}

/** Columns as wide as their widest cell; the last one is not padded. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
