import { REASONS } from '../../src/call/reason.ts';

/** One time series of the text format: its name and its labels, in one text. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly text: string;
}

/** The series of a `/metrics` text (Prometheus text format). */
export function readSeries(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const space = line.lastIndexOf(' ');
      const series = line.slice(0, space);
      const labels = [...series.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label = '', value = '']) => [label, value] as const,
      );
      return {
        name: series.split('{', 1)[0] ?? '',
        labels: new Map(labels),
        value: Number(line.slice(space + 1)),
        text: series,
      };
    });
}

/** Label values that a caller could have made: all but configured names and those of closed tables. */
export function foreignLabels(series: readonly Series[], servers: readonly string[]): string[] {
  const known: Readonly<Record<string, ReadonlySet<string>>> = {
    server: new Set([...servers, '_other', '_invalid']),
    reason: new Set(['none', ...Object.keys(REASONS)]),
  };
  return series.flatMap(({ labels, text }) =>
    [...labels].some(([label, value]) => !(known[label]?.has(value) ?? /^[A-Za-z0-9_.+-]{1,32}$/.test(value))) ? [text] : [],
  );
}

/** The sum of all series of that name whose labels are so. */
export function sumOf(series: readonly Series[], name: string, matches: (labels: ReadonlyMap<string, string>) => boolean): number {
  return series.filter((one) => one.name === name && matches(one.labels)).reduce((sum, { value }) => sum + value, 0);
}
