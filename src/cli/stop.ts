import { Command } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { StopLine, StopList, Stopped, StopWish } from '../transports/operator/stop-surface.ts';
import { askOperator } from './ask-operator.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { reasonOf, reasonOption, type ReasonOptions, whyOption } from './reason-option.ts';
import { readDuration } from './token/read-duration.ts';

/** What may be stopped, as options. */
export interface StopTargets {
  readonly agent?: string;
  readonly tool?: string;
  readonly server?: string;
  readonly principal?: string;
  readonly txn?: string;
  readonly jti?: string;
  readonly all?: boolean;
}

export interface StopOptions extends StopTargets, ReasonOptions {
  readonly config: string;
  readonly ttl?: string;
}

export interface StopListOptions {
  readonly config: string;
  readonly json?: boolean;
}

const CONFIG = ['--config <file>', 'configuration of the service', 'sallyport.yaml'] as const;
const NO_REASON = 'no reason was given';

/** `sallyport stop`: refuses calls at once, on every instance, whatever rules say. */
export function stopCommand(): Command {
  const command = new Command('stop')
    .description('refuse calls at once, whatever rules say, until a time or until lifted')
    .enablePositionalOptions()
    .option('--agent <name>', 'whoever acts as this agent: `act.sub`, SPIFFE ID or `client_id`')
    .option('--tool <server/tool>', 'one tool of a server')
    .option('--server <name>', 'everything at one server, or one passthrough route')
    .option('--principal <name>', 'one caller, as the record names it, or by its `sub` alone')
    .option('--txn <id>', 'all tokens of one transaction')
    .option('--jti <id>', 'one token')
    .option('--all', 'everything')
    .option('--ttl <time>', 'how long, such as 90s, 5m or 1h; without it until it is lifted')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option(...CONFIG)
    .action(async (options: StopOptions) => void (process.exitCode = await runStop(options, processIo)));
  command
    .command('list')
    .description('show what is stopped')
    .option(...CONFIG)
    .option('--json', 'one JSON document instead of text', false)
    .action(async (options: StopListOptions) => void (process.exitCode = await runStopList(options, processIo)));
  command
    .command('lift')
    .description('end a stop')
    .argument('<id>', 'as `sallyport stop list` shows it')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option(...CONFIG)
    .action(async (id: string, options: StopOptions) => {
      process.exitCode = await runLift(id, options, processIo);
    });
  return command;
}

/**
 * Stops something. @returns the exit code: 0; 1 when it is stopped on this instance alone, or this instance knows nothing of that
 * name; 2 when nothing was stopped.
 */
export async function runStop(options: StopOptions, io: CommandIo): Promise<number> {
  return await guarded(
    io,
    async () => {
      const wish = wishOf(options);
      // The service wrote it, in the shape of this version.
      const { stop, unknown } = (await askOperator(options.config, { path: '/stops', body: wish })) as Stopped;
      io.print(`Stopped: ${textOf(stop)}`);
      if (unknown !== undefined) io.complain(`It is in force, but perhaps not what you meant: ${unknown}`);
      if (!stop.stored)
        io.complain('It is in force on this instance alone: it cannot be stored now. See `sallyport stop list`.');
      return stop.stored && unknown === undefined ? EXIT.ok : EXIT.negative;
    },
    EXPECTED,
  );
}

/** Shows what is stopped. @returns the exit code: 0, 1 when the instance cannot tell all of it, or 2 when none answers. */
export async function runStopList({ config, json }: StopListOptions, io: CommandIo): Promise<number> {
  return await guarded(
    io,
    async () => {
      const list = (await askOperator(config, { path: '/stops' })) as StopList;
      if (json === true) io.print(JSON.stringify(list));
      else for (const line of linesOf(list)) io.print(line);
      if (list.known) return EXIT.ok;
      io.complain('The store cannot be read now: there may be stops that this instance does not know.');
      return EXIT.negative;
    },
    EXPECTED,
  );
}

/** Lifts one. @returns the exit code: 0, or 2 when it is still in force. */
export async function runLift(
  id: string,
  options: ReasonOptions & Pick<StopOptions, 'config'>,
  io: CommandIo,
): Promise<number> {
  return await guarded(
    io,
    async () => {
      const body = { id, why: reasonOf(options) ?? NO_REASON };
      const { stop } = (await askOperator(options.config, { path: '/stops/lift', body })) as Stopped;
      io.print(`Lifted: ${textOf(stop)}`);
      return EXIT.ok;
    },
    EXPECTED,
  );
}

const EXPECTED = [ProblemsError, CommandError];

const NAMED_KINDS = ['agent', 'tool', 'server', 'principal', 'txn', 'jti'] as const;

/** @throws CommandError unless exactly one thing is to be stopped. */
function wishOf({ ttl, reason, why, ...targets }: StopOptions): StopWish {
  const named = NAMED_KINDS.flatMap((kind) => (targets[kind] === undefined ? [] : [{ kind, name: targets[kind] }]));
  const [target, ...others] = [...named, ...(targets.all === true ? [{ kind: 'all' as const, name: '' }] : [])];
  if (target === undefined || others.length > 0) {
    throw new CommandError('Say one thing to stop: --agent, --tool, --server, --principal, --txn, --jti or --all.');
  }
  const { kind, name } = target;
  if (kind !== 'all' && name === '') throw new CommandError(`--${kind} must name something.`);
  if (kind === 'tool' && !name.includes('/')) throw new CommandError('--tool must be SERVER/TOOL.');
  const wish = { kind, name, why: reason ?? why ?? NO_REASON };
  return ttl === undefined ? wish : { ...wish, ttl_s: readDuration('--ttl', ttl) };
}

const LONGEST = 200;

function linesOf({ stops }: StopList): readonly string[] {
  return stops.length === 0 ? ['Nothing is stopped.'] : stops.map(textOf);
}

function textOf({ id, kind, name, until, since, why, stored }: StopLine): string {
  const what = kind === 'all' ? 'everything' : `${kind} ${boundText(name, LONGEST)}`;
  const end = until === undefined ? 'until lifted' : `until ${until}`;
  return `${id}  ${what}, since ${since}, ${end}${stored ? '' : ' (not stored)'}: ${boundText(why, LONGEST)}`;
}
