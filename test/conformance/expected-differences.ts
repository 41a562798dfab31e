import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { CARRIERS, type Carrier } from '../e2e/carriers.ts';
import type { Difference } from './compare-reports.ts';

const reasons = z.record(z.string(), z.string().min(20)).nullable();
const schema = z.strictObject({
  all: reasons,
  ...(Object.fromEntries(CARRIERS.map((carrier) => [carrier, reasons])) as Record<Carrier, typeof reasons>),
});

/** What `expected-differences.yaml` says of a carrier: `revision scenario:check` → why it differs. */
export async function readExpectedDifferences(
  carrier: Carrier,
  file = new URL('expected-differences.yaml', import.meta.url),
): Promise<ReadonlyMap<string, string>> {
  const { all, [carrier]: own } = schema.parse(parse(await readFile(file, 'utf8')));
  return new Map(Object.entries({ ...all, ...own }));
}

/** Says what is wrong: differences that are not expected, and expectations that no difference meets (stale). */
export function unexpected(
  differences: readonly Difference[],
  expected: ReadonlyMap<string, string>,
): readonly string[] {
  const found = new Set(differences.map(({ key }) => key));
  return [
    ...differences
      .filter(({ key }) => !expected.has(key))
      .map(({ key, direct, carried }) => `differs: ${key}: direct ${direct}, through Sallyport ${carried}`),
    ...[...expected.keys()].filter((key) => !found.has(key)).map((key) => `stale: ${key}: no longer differs`),
  ];
}
