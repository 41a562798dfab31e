import type { ConformanceReport } from './run-conformance.ts';

/** One check that came out differently through Sallyport. */
export interface Difference {
  /** `revision scenario:check`, as in `expected-differences.yaml`. */
  readonly key: string;
  readonly direct: string;
  readonly carried: string;
}

/** Lists every check whose statuses differ, a check that only one side made among them (`absent`). */
export function compareReports(direct: ConformanceReport, carried: ConformanceReport): readonly Difference[] {
  const keys = [...new Set([...direct.checks.keys(), ...carried.checks.keys()])].toSorted();
  return keys
    .map((key) => ({
      key: `${direct.revision} ${key}`,
      direct: direct.checks.get(key) ?? 'absent',
      carried: carried.checks.get(key) ?? 'absent',
    }))
    .filter(({ direct: before, carried: after }) => before !== after);
}
