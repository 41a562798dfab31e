import { Option } from 'commander';
import { CommandError } from './command-error.ts';

/** Why something is changed, by either of its names. */
export interface ReasonOptions {
  readonly reason?: string;
  readonly why?: string;
}

/** `--reason`, and `--why` for the same: who stops something in a hurry need not know which it was. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for the record');
}

/** Goes with `reasonOption()`. */
export function whyOption(): Option {
  return new Option('--why <text>', 'the same').hideHelp().conflicts('reason');
}

/** What was said, if anything. */
export function reasonOf({ reason, why }: ReasonOptions): string | undefined {
  return reason ?? why;
}

/** What was said. @throws CommandError when nothing was. */
export function neededReason(options: ReasonOptions): string {
  const said = reasonOf(options);
  if (said === undefined || said.trim() === '') throw new CommandError('say why with --reason "…": it is recorded.');
  return said;
}
