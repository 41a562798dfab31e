import { Command } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { LevelLine, LimitLine, LimitWish, LookWish, Period } from '../transports/operator/limit-surface.ts';
import { askOperator } from './ask-operator.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { reasonOf, reasonOption, type ReasonOptions, whyOption } from './reason-option.ts';
import { readDuration } from './token/read-duration.ts';

/** Whose buckets are looked at. */
export type LimitParts = Omit<LookWish, 'rule'>;

export interface LimitShowOptions extends LimitParts {
  readonly config: string;
  readonly json?: boolean;
}

export interface LimitSetOptions extends ReasonOptions {
  readonly config: string;
  readonly rate?: readonly string[];
  readonly burst?: readonly string[];
  readonly cost?: string;
  readonly ttl: string;
}

export interface LimitResetOptions extends ReasonOptions {
  readonly config: string;
}

const CONFIG = ['--config <file>', 'configuration of the service', 'sallyport.yaml'] as const;
const NO_REASON = 'no reason was given';

/** `sallyport limit`: the limits of a running service. */
export function limitCommand(): Command {
  const command = new Command('limit').description('show the limits of a running service, and change one for a while');
  command
    .command('show')
    .description('show the limits, or what is in the buckets that one of them has for somebody')
    .argument('[rule]', 'the rule whose buckets are looked at; without it all limits are shown')
    .option('--issuer <url>', 'issuer of the caller')
    .option('--tenant <name>', 'tenant of the caller; without it the issuer')
    .option('--principal <name>', 'caller, as the record names it')
    .option('--agent <name>', 'agent of the caller')
    .option('--server <name>', 'server that is called')
    .option('--tool <name>', 'tool that is called')
    .option('--txn <id>', 'transaction of the token')
    .option('--jti <id>', 'id of a token without a transaction')
    .option(...CONFIG)
    .option('--json', 'one JSON document instead of text', false)
    .action(async (rule: string | undefined, options: LimitShowOptions) => {
      process.exitCode = await runLimitShow(rule, options, processIo);
    });
  command
    .command('set')
    .description('change the rates or the cost of a rule for a while; the tokens that are there stay')
    .argument('<rule>', 'id of the rule')
    .option('--rate <n/period...>', 'tokens that come back, such as 5/minute; once for each period of the rule')
    .option('--burst <n/period...>', 'most tokens at once, for the rate of that period')
    .option('--cost <n>', 'tokens that a call takes')
    .requiredOption('--ttl <time>', 'how long, such as 90s, 5m or 1h')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option(...CONFIG)
    .action(async (rule: string, options: LimitSetOptions) => {
      process.exitCode = await runLimitSet(rule, options, processIo);
    });
  command
    .command('reset')
    .description('end a change before its time: the rule counts again as it is written')
    .argument('<rule>', 'id of the rule')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option(...CONFIG)
    .action(async (rule: string, options: LimitResetOptions) => {
      process.exitCode = await runLimitReset(rule, options, processIo);
    });
  return command;
}

/** Shows them, or the buckets of one. @returns the exit code: 0, or 2 when it could not be told. */
export async function runLimitShow(
  rule: string | undefined,
  { config, json, ...parts }: LimitShowOptions,
  io: CommandIo,
): Promise<number> {
  return await guarded(
    io,
    async () => {
      const request = rule === undefined ? { path: '/limits' } : { path: '/limits/look', body: { rule, ...parts } };
      const answered = await askOperator(config, request);
      if (json === true) io.print(JSON.stringify(answered));
      // The service wrote it, in the shape of this version.
      else if (rule === undefined) for (const line of textsOf(answered as readonly LimitLine[])) io.print(line);
      else io.print(levelText(answered as LevelLine));
      return EXIT.ok;
    },
    EXPECTED,
  );
}

/** Changes one. @returns the exit code: 0, 1 when it is changed on this instance alone, or 2 when nothing was changed. */
export async function runLimitSet(rule: string, options: LimitSetOptions, io: CommandIo): Promise<number> {
  return await guarded(
    io,
    async () => {
      const line = (await askOperator(options.config, {
        path: '/limits/set',
        body: wishOf(rule, options),
      })) as LimitLine;
      io.print(textOf(line));
      if (line.changed?.stored === true) return EXIT.ok;
      io.complain('It is in force on this instance alone: it cannot be stored now.');
      return EXIT.negative;
    },
    EXPECTED,
  );
}

/** Ends a change. @returns the exit code: 0, or 2 when nothing was changed. */
export async function runLimitReset(
  rule: string,
  { config, ...said }: LimitResetOptions,
  io: CommandIo,
): Promise<number> {
  return await guarded(
    io,
    async () => {
      const body = { rule, why: reasonOf(said) ?? NO_REASON };
      io.print(textOf((await askOperator(config, { path: '/limits/reset', body })) as LimitLine));
      return EXIT.ok;
    },
    EXPECTED,
  );
}

const EXPECTED = [ProblemsError, CommandError];

/** @throws CommandError when a number or a period is none, or nothing is to be changed. */
function wishOf(rule: string, { rate = [], burst = [], cost, ttl, ...said }: LimitSetOptions): LimitWish {
  const rates = new Map<Period, { rate?: number; burst?: number }>();
  for (const [option, texts] of [
    ['rate', rate],
    ['burst', burst],
  ] as const) {
    for (const text of texts) {
      const { per, count } = readRate(option, text);
      rates.set(per, { ...rates.get(per), [option]: count });
    }
  }
  if (rates.size === 0 && cost === undefined) throw new CommandError('Say what to change: --rate, --burst or --cost.');
  return {
    rule,
    rates: [...rates].map(([per, changed]) => ({ per, ...changed })),
    ...(cost === undefined ? {} : { cost: readCount('cost', cost) }),
    ttl_s: readDuration('--ttl', ttl),
    why: reasonOf(said) ?? NO_REASON,
  };
}

const PERIODS = ['second', 'minute', 'hour', 'day'] as const;

function readRate(option: string, text: string): { readonly per: Period; readonly count: number } {
  const [digits = '', period] = text.split('/', 2);
  const per = PERIODS.find((one) => one === period);
  if (per === undefined) throw new CommandError(`--${option} must be a number and a period, such as 5/minute.`);
  return { per, count: readCount(option, digits) };
}

function readCount(option: string, text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 1_000_000) return count;
  throw new CommandError(`--${option} must be a number from 1 to 1000000.`);
}

function textsOf(lines: readonly LimitLine[]): readonly string[] {
  return lines.length === 0 ? ['No rule has a limit.'] : lines.map(textOf);
}

function textOf({ rule, rates, cost, by, changed }: LimitLine): string {
  const scope = by.length === 0 ? 'all calls together' : `by ${by.join(', ')}`;
  const line = `${rule}  ${ratesText({ rates, cost })}, ${scope}`;
  if (changed === undefined) return line;
  const { until, why, from, stored } = changed;
  const note = stored ? '' : ' (not stored)';
  return `${line}; until ${until}${note} instead of ${ratesText(from)}: ${boundText(why, 200)}`;
}

function ratesText({ rates, cost }: Pick<LimitLine, 'rates' | 'cost'>): string {
  const texts = rates.map(({ per, rate, burst }) => `${rate}/${per} burst ${burst}`);
  return `${texts.join(' and ')}, cost ${cost}`;
}

function levelText({ rule, remaining, waitMs }: LevelLine): string {
  const call =
    waitMs === undefined ? 'a call never passes' : waitMs === 0 ? 'a call passes' : `a call passes in ${waitMs} ms`;
  return `${rule}  ${remaining} tokens left, ${call}`;
}
