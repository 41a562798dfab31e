import { Command, CommanderError } from 'commander';
import type { CommandIo } from './command-io.ts';
import { endWith } from './end-with.ts';
import { EXAMPLES } from './examples.ts';
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
  return await endWith(async () => {
    const program = await programFor(argv, options);
    return await program.parseAsync(argv, { from: 'user' }).then(noCode, codeOfParser);
  }, options.io);
}

function noCode(): undefined {}

/** The parser has written its message already; help and version end with 0. */
function codeOfParser(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
  throw error;
}

const FIRST_STEPS = `
First steps:
  sallyport dev --upstream http://127.0.0.1:3001/mcp    a guard in front of a running MCP server
  sallyport init --upstream http://127.0.0.1:3001/mcp   a configuration to look at and to keep
  sallyport check && sallyport serve
When something is wrong:
  sallyport stop --all --ttl 15m                        refuses every call, for a quarter of an hour
  sallyport audit tail                                  shows what was asked, and how it was answered

Each command has examples: sallyport stop --help. Exit codes: 0 done or yes, 1 no, 2 it could not be told.`;

async function programFor(argv: readonly string[], { version, commands, io }: ProgramOptions): Promise<Command> {
  const program = new Command('sallyport')
    .description('Policy sidecar for the tool calls of AI agents.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', FIRST_STEPS)
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false });
  const called = argv.find((word) => !word.startsWith('-') && word !== 'help');
  for (const { name, summary, load } of commands) {
    program.addCommand(name === called ? await load() : new Command(name).description(summary));
  }
  prepare(program, ['sallyport'], io);
  return program;
}

/** Makes every command throw instead of ending the process, write where `io` says, and show examples. */
function prepare(command: Command, path: readonly string[], io: CommandIo): void {
  command
    .exitOverride()
    .addHelpText('after', examplesOf(path.slice(1).join(' ')))
    .showHelpAfterError(`${path.join(' ')} --help shows how.`)
    .configureOutput({
      writeOut: (text) => io.print(text.trimEnd()),
      writeErr: (text) => io.complain(text.trimEnd()),
    });
  for (const child of command.commands) prepare(child, [...path, child.name()], io);
}

function examplesOf(name: string): string {
  const lines = EXAMPLES.get(name) ?? [];
  return lines.length === 0 ? '' : ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}
