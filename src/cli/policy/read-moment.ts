import { CommandError } from '../command-error.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Milliseconds since the epoch of a moment: `2026-11-25`, `2026-11-25T08:00:00Z`, or how long before `nowMs`: `90s`, `24h`, `7d`.
 *
 * @throws CommandError
 */
export function readMoment(option: string, text: string, nowMs: number): number {
  const [, digits, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = digits === undefined ? momentOf(text) : nowMs - Number(digits) * (UNITS.get(unit) ?? Number.NaN);
  if (!Number.isNaN(ms)) return ms;
  throw new CommandError(`${option} must be a time such as 2026-11-25T08:00:00Z, or how long ago, such as 24h or 7d.`);
}

function momentOf(text: string): number {
  return RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
}
