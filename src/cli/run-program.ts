import { Command, CommanderError } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { codeOf } from '../kit/cause.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { CommandIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';

/** A command that is loaded when it is called: `serve` must not wait for what `init` needs. */
export interface LazyCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export interface ProgramOptions {
  readonly version: string;
  readonly commands: readonly LazyCommand[];
  readonly io: CommandIo;
}

/**
 * Runs `argv` (without node and script) and answers the exit code. Never rejects: whatever is thrown becomes one line.
 *
 * A command that has set `process.exitCode` keeps it.
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<number> {
  try {
    const program = await programFor(argv, options);
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return exitCodeOf(error, options.io);
  }
}

async function programFor(argv: readonly string[], { version, commands, io }: ProgramOptions): Promise<Command> {
  const program = new Command('sallyport')
    .description('Policy sidecar for the tool calls of AI agents.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false });
  const called = argv.find((word) => !word.startsWith('-') && word !== 'help');
  for (const { name, summary, load } of commands) {
    program.addCommand(name === called ? await load() : new Command(name).description(summary));
  }
  prepare(program, io);
  return program;
}

/** Makes every command throw instead of ending the process, and write where `io` says. */
function prepare(command: Command, io: CommandIo): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.print(text.trimEnd()),
    writeErr: (text) => io.complain(text.trimEnd()),
  });
  for (const child of command.commands) prepare(child, io);
}

function exitCodeOf(error: unknown, io: CommandIo): number {
  // Commander has written its message already; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
  if (error instanceof ProblemsError) io.complain(error.message);
  else io.complain(`error: ${messageFor(error)}`);
  if (io.env['SALLYPORT_DEBUG'] !== undefined && error instanceof Error) io.complain(error.stack ?? '');
  return EXIT.unusable;
}

function messageFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const address = codeOf(error) === 'EADDRINUSE' ? /\S+:\d+$/.exec(error.message)?.[0] : undefined;
  if (address === undefined) return boundText(error.message, 2000);
  return `${address} is in use already. Stop what listens there, or change the bind of the listener in sallyport.yaml.`;
}
