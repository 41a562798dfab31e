import { Argument, Command } from 'commander';
import { ProblemsError } from '../kit/problem.ts';
import { LOG_LEVELS, LOGGERS } from '../telemetry/log-levels.ts';
import type { LogLevelLine } from '../transports/operator/log-level-surface.ts';
import { askOperator } from './ask-operator.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { neededReason, reasonOption, type ReasonOptions, whyOption } from './reason-option.ts';
import { readDuration } from './token/read-duration.ts';

export interface LogLevelOptions extends ReasonOptions {
  readonly config: string;
  readonly ttl?: string;
}

/** `sallyport log-level`: how much a running service logs. */
export function logLevelCommand(): Command {
  return new Command('log-level')
    .description('show how much a running service logs, and change it for a while')
    .addArgument(new Argument('[name]', 'part of the log').choices(LOGGERS))
    .addArgument(new Argument('[level]', 'the least severe lines that are written').choices(LOG_LEVELS))
    .option('--ttl <time>', 'how long, such as 90s or 10m; then the configured level is in force again', '10m')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
    .action(async (name: string | undefined, level: string | undefined, options: LogLevelOptions) => {
      process.exitCode = await runLogLevel({ name, level }, options, processIo);
    });
}

/** Shows all levels, or sets one. @returns the exit code: 0, or 2 when nothing was shown or changed. */
export async function runLogLevel(
  { name, level }: { readonly name: string | undefined; readonly level: string | undefined },
  options: LogLevelOptions,
  io: CommandIo,
): Promise<number> {
  const work = name === undefined ? () => show(options, io) : () => change(name, level, options, io);
  return await guarded(io, work, EXPECTED);
}

const EXPECTED = [ProblemsError, CommandError];

async function show({ config }: LogLevelOptions, io: CommandIo): Promise<number> {
  // The service wrote them, in the shape of this version.
  const lines = (await askOperator(config, { path: '/log-levels' })) as readonly LogLevelLine[];
  for (const { name, level, until } of lines) {
    io.print(`${name.padEnd(10)} ${level}${until === undefined ? '' : `, until ${until}`}`);
  }
  return EXIT.ok;
}

async function change(
  name: string,
  level: string | undefined,
  { config, ttl = '10m', ...said }: LogLevelOptions,
  io: CommandIo,
): Promise<number> {
  if (level === undefined) throw new CommandError(`say which level: ${LOG_LEVELS.join(', ')}.`);
  const why = neededReason(said);
  const seconds = readDuration('--ttl', ttl);
  await askOperator(config, { path: '/log-levels', body: { name, level, ttl_s: seconds, why } });
  io.print(`${name}: ${level} for ${ttl}, or until the service restarts.`);
  return EXIT.ok;
}
