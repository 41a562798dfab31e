import { CommandError } from '../command-error.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

/**
 * Seconds of a duration such as `300`, `90s`, `5m` or `1h`.
 *
 * @throws CommandError
 */
export function readDuration(option: string, text: string): number {
  const [, digits, unit] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const factor = UNITS.get(unit ?? 'none');
  const seconds = Number(digits) * (factor ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new CommandError(`${option} must be a time such as 300, 90s or 5m.`);
}
