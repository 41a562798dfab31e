/** What a command of the CLI is given of its surroundings, so that tests can watch it. */
export interface CommandIo {
  /** Writes a line to standard output: the answer. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error: what is wrong. */
  readonly complain: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The surroundings of this process. */
export const processIo: CommandIo = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
};
