export const NAME_LENGTH = 256;
export const TEXT_LENGTH = 1024;

/** At most `maxLength` code units of `text`, well-formed, saying how many were cut. */
export function clip<T extends string | undefined>(text: T, maxLength: number): T | string {
  if (text === undefined || text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).toWellFormed()}…(+${text.length - maxLength})`;
}

/** `value`, or nothing when JSON cannot hold it. */
export function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** To the microsecond, and never what JSON cannot hold. */
export function milliseconds(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0;
}
