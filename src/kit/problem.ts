/** Something wrong in a file that an operator wrote: where it is, what it is, what to write instead. */
export interface Problem {
  /** Path as the operator named it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** Dotted path of the field, empty for the whole file. */
  readonly field: string;
  readonly message: string;
  /** What would be right, as a sentence. */
  readonly suggestion?: string;
  readonly severity: 'error' | 'warning';
}

/** What is wrong with a file as a whole, before any place in it can be named. */
export function problemOfFile(file: string, message: string): Problem {
  return { file, line: 1, column: 1, field: '', message, severity: 'error' };
}

/** Input that cannot be used, with every problem found in it. CLI exit code 2. */
export class ProblemsError extends Error {
  override readonly name = 'ProblemsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(printProblem).join('\n'));
    this.problems = problems;
  }
}

/** `file:line:column: error: field: message. suggestion` on one line. */
export function printProblem({ file, line, column, field, message, suggestion, severity }: Problem): string {
  const subject = field === '' ? '' : `${field}: `;
  const advice = suggestion === undefined ? '' : ` ${suggestion}`;
  return `${file}:${line}:${column}: ${severity}: ${subject}${message}${advice}`;
}
