import { Command } from 'commander';
import { boundText } from '../kit/bound-text.ts';
import { ProblemsError } from '../kit/problem.ts';
import type { BudgetLine, BudgetWish } from '../transports/operator/budget-surface.ts';
import { askOperator } from './ask-operator.ts';
import { CommandError, guarded } from './command-error.ts';
import { type CommandIo, processIo } from './command-io.ts';
import { EXIT } from './exit-codes.ts';
import { neededReason, reasonOption, type ReasonOptions, whyOption } from './reason-option.ts';

export interface BudgetOptions extends ReasonOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** `sallyport budget`: the budgets of a running service. */
export function budgetCommand(): Command {
  const command = new Command('budget').description(
    'show the budgets that calls asked a running service for, and give some of them back',
  );
  command
    .command('show')
    .description('show the last 200 budgets that calls asked for, the latest first')
    .argument('[text]', 'only those with this in their id, rule or owner')
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml')
    .option('--json', 'one JSON document instead of text', false)
    .action(async (text: string | undefined, options: BudgetOptions) => {
      process.exitCode = await runShow(text ?? '', options, processIo);
    });
  changing(command, 'grant', 'take something off what was used up')
    .argument('<amount>', 'how much, in calls or in the unit of the cost')
    .action(async (id: string, amount: string, options: BudgetOptions) => {
      process.exitCode = await runChange({ action: 'grant', id, amount: amountIn(amount) }, options, processIo);
    });
  changing(command, 'reset', 'begin the budget anew').action(async (id: string, options: BudgetOptions) => {
    process.exitCode = await runChange({ action: 'reset', id }, options, processIo);
  });
  return command;
}

/** @throws CommandError when it is no amount. */
export function amountIn(text: string): number {
  const amount = /^\d{1,13}$/.test(text) ? Number(text) : 0;
  if (amount >= 1 && amount <= 2 ** 40) return amount;
  throw new CommandError(`"${boundText(text, 100)}" is no amount: write a whole number from 1.`);
}

function changing(command: Command, name: string, says: string): Command {
  return command
    .command(name)
    .description(says)
    .argument('<id>', 'id of the budget, as show prints it')
    .addOption(reasonOption())
    .addOption(whyOption())
    .option('--config <file>', 'configuration of the service', 'sallyport.yaml');
}

/** Shows them. @returns the exit code: 0, or 2 when no service answers. */
export async function runShow(text: string, options: BudgetOptions, io: CommandIo): Promise<number> {
  return await guarded(
    io,
    async () => {
      // The service wrote them, in the shape of this version.
      const lines = (await askOperator(options.config, { path: '/budgets' })) as readonly BudgetLine[];
      const shown = lines.filter(({ id, name, whose }) => [id, name, whose].some((one) => one.includes(text)));
      if (options.json === true) io.print(JSON.stringify(shown));
      else for (const line of textsOf(shown)) io.print(line);
      return EXIT.ok;
    },
    EXPECTED,
  );
}

/** A wish without its reason, which the options have. */
export type WishedChange =
  | Omit<Extract<BudgetWish, { action: 'grant' }>, 'why'>
  | Omit<Extract<BudgetWish, { action: 'reset' }>, 'why'>;

/** Changes one. @returns the exit code: 0, or 2 when nothing was changed. */
export async function runChange(
  wish: WishedChange,
  { config, ...said }: BudgetOptions,
  io: CommandIo,
): Promise<number> {
  return await guarded(
    io,
    async () => {
      await askOperator(config, { path: '/budgets', body: { ...wish, why: neededReason(said) } });
      io.print(wish.action === 'grant' ? `${wish.id}: ${wish.amount} given back.` : `${wish.id}: begins anew.`);
      return EXIT.ok;
    },
    EXPECTED,
  );
}

const EXPECTED = [ProblemsError, CommandError];

function textsOf(lines: readonly BudgetLine[]): readonly string[] {
  return lines.length === 0 ? ['No call has asked for such a budget here yet.'] : lines.map(textOf);
}

function textOf({ id, name, kind, unit, whose, counted }: BudgetLine): string {
  const what = unit ?? kind;
  const used = counted === undefined ? `nothing used` : `${counted.spent} of ${counted.most} ${what} used`;
  const lasts = counted === undefined ? '' : `, for ${Math.ceil(counted.for_ms / 1000)} s`;
  return `${id}  ${name.padEnd(24)} ${used}${lasts}  ${whose}`;
}
