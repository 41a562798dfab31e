import { compilePolicies } from '../../policy/load-policies.ts';
import { isPassing, printTests } from '../../policy/print-tests.ts';
import { runTests } from '../../policy/run-tests.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { PolicyFiles } from './read-files.ts';

export interface TestFlags {
  readonly coverage: boolean;
  readonly json: boolean;
}

/** `policy test`: 0 when all pass, 1 when one fails or, with coverage, a refusal is untested. @throws ProblemsError */
export function runTest(
  { sources, catalogue, setTexts }: PolicyFiles,
  { coverage, json }: TestFlags,
  io: CommandIo,
): number {
  const report = runTests(compilePolicies(sources, catalogue, setTexts), catalogue);
  const passed = isPassing(report, coverage);
  io.print(json ? JSON.stringify({ passed, ...report }, null, 2) : printTests(report, coverage));
  return passed ? EXIT.ok : EXIT.negative;
}
