import { BundleError } from '../../bundle/bundle-error.ts';
import { boundText } from '../../kit/bound-text.ts';
import { ProblemsError } from '../../kit/problem.ts';
import type { CommandIo } from '../command-io.ts';
import { reportProblems } from '../policy/report-problems.ts';

/** Longest message that is shown: it may hold names out of a bundle. */
const LONGEST = 500;

export interface GuardedOptions {
  readonly json?: boolean;
  /** How it ends when a bundle is refused. */
  readonly refused: 1 | 2;
}

/** Runs a command that handles a bundle. @returns its exit code; 1 or 2 with the reason for one that must not be used. */
export async function guardedBundle(
  io: CommandIo,
  { json = false, refused }: GuardedOptions,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof BundleError)) return reportProblems(cause, json && cause instanceof ProblemsError, io);
    if (json) io.print(JSON.stringify(refusalOf(cause)));
    else io.complain(`refused (${cause.fault}): ${textOf(cause)}`);
    return refused;
  }
}

/** A refused bundle, as `--json` tells it. */
export function refusalOf({ fault, message }: BundleError): object {
  return { verified: false, fault, message: boundText(message, LONGEST) };
}

/** Why a bundle is refused, and what to do. */
export function textOf({ message, advice }: BundleError): string {
  return `${boundText(message, LONGEST)}.${advice === undefined ? '' : ` ${advice}`}`;
}
