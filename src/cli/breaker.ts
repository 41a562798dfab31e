import { Command } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { BreakerLine, BreakerWish } from '../transports/operator/breaker-surface.ts';
import { askOperator } from './ask-operator.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { type ReasonOptions, neededReason, reasonOption, whyOption } from './reason-option.ts';

export interface BreakerOptions extends ReasonOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** What each subcommand sets, with its description. */
const SETTING: readonly (readonly [name: string, state: BreakerWish['state'], says: string])[] = [
  ['force-open', 'forced_open', 'refuse every call, until reset'],
  ['metrics-only', 'metrics_only', 'let every call pass and count, until reset'],
  ['disable', 'disabled', 'let every call pass uncounted, until reset'],
  ['reset', 'closed', 'begin anew: closed, with an empty window'],
];

/** `sallyport breaker`: the circuit breakers of a running service. */
export function breakerCommand(): Command {
  const command = new Command('breaker').description('show the circuit breakers of a running service, and set them');
  command
    .command('list')
    .description('show every breaker that a call has asked')
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (options: BreakerOptions) => void (process.exitCode = await runList(options, processIo)));
  for (const [name, state, says] of SETTING) {
    command
      .command(name)
      .description(says)
      .argument('<server>', 'name of the server')
      .argument('[tool]', 'name of the tool; without it what is asked of the server beside its tools')
      .addOption(reasonOption())
      .addOption(whyOption())
      .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
      .action(async (server: string, tool: string | undefined, options: BreakerOptions) => {
        process.exitCode = await runSet({ server, tool, state }, options, processIo);
      });
  }
  return command;
}

/** Shows them. @returns the exit code: 0, or 2 when no service answers. */
export async function runList(options: BreakerOptions, io: CommandIo): Promise<number> {
  return await guarded(
    io,
    async () => {
      const lines = await askOperator(options.config, { path: '/breakers' });
      if (options.json === true) io.print(JSON.stringify(lines));
      // The service wrote them, in the shape of this version.
      else for (const line of textsOf(lines as readonly BreakerLine[])) io.print(line);
      return EXIT.ok;
    },
    EXPECTED,
  );
}

/** Sets one. @returns the exit code: 0, or 2 when nothing was changed. */
export async function runSet(
  { server, tool, state }: Pick<BreakerWish, 'server' | 'state'> & { readonly tool: string | undefined },
  { config, ...said }: BreakerOptions,
  io: CommandIo,
): Promise<number> {
  return await guarded(
    io,
    async () => {
      const why = neededReason(said);
      const named = tool === undefined ? {} : { tool };
      await askOperator(config, { path: '/breakers', body: { server, ...named, state, why } });
      io.print(`${nameOf(server, tool)}: ${state}, until it is set anew or the service restarts.`);
      return EXIT.ok;
    },
    EXPECTED,
  );
}

const EXPECTED = [ProblemsError, CommandError];

function textsOf(lines: readonly BreakerLine[]): readonly string[] {
  return lines.length === 0
    ? ['No call has asked a breaker yet, or no server has the section breaker.']
    : lines.map(textOf);
}

function textOf({ server, tool, state, calls, failed, slow }: BreakerLine): string {
  const name = nameOf(server, tool);
  return `${name.padEnd(40)} ${state.padEnd(12)} ${failed} failed and ${slow} slow of ${calls} calls`;
}

function nameOf(server: string, tool: string | undefined): string {
  return tool === undefined ? `${server} (beside its tools)` : `${server}/${boundText(tool, 200)}`;
}
