import { printProblem, ProblemsError } from '../../kit/problem.ts';
import type { CommandIo } from '../command-io.ts';
import { EXIT } from '../exit-codes.ts';
import type { Finding } from './lint/finding.ts';
import { lintEnvoy } from './lint/lint-envoy.ts';
import { readEnvoyFile } from './lint/read-envoy-file.ts';

export interface LintOptions {
  readonly json: boolean;
  /** Which filters are Sallyport's: those that ask this cluster. */
  readonly cluster?: string;
}

/** `sallyport envoy lint`. @returns the exit code: 0 no finding of severity error, 1 one at least, 2 the file cannot be read. */
export async function runEnvoyLint(file: string, { json, cluster }: LintOptions, io: CommandIo): Promise<number> {
  try {
    const findings = lintEnvoy(await readEnvoyFile(file), { cluster });
    if (json) io.print(JSON.stringify({ file, findings }, null, 2));
    else printFindings(file, findings, io);
    return findings.some(({ severity }) => severity === 'error') ? EXIT.negative : EXIT.ok;
  } catch (cause) {
    if (!(cause instanceof ProblemsError)) throw cause;
    if (json) io.print(JSON.stringify({ file, problems: cause.problems }, null, 2));
    else io.complain(cause.message);
    return EXIT.unusable;
  }
}

function printFindings(file: string, findings: readonly Finding[], io: CommandIo): void {
  for (const { code, path, why, write, ...place } of findings) {
    io.print(printProblem({ file, ...place, field: path.join('.'), message: `${why} [${code}]`, suggestion: write }));
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  io.print(
    `${file}: ${findings.length === 0 ? 'nothing found' : `${errors} errors, ${findings.length - errors} warnings`}.`,
  );
}
