import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Difference } from './compare-reports.ts';

const schema = z.record(z.string(), z.string().min(20)).nullable();

/** What `expected-differences.yaml` says: `revision scenario:check` → why it differs. */
export async function readExpectedDifferences(
  file = new URL('expected-differences.yaml', import.meta.url),
): Promise<ReadonlyMap<string, string>> {
  return new Map(Object.entries(schema.parse(parse(await readFile(file, 'utf8'))) ?? {}));
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
      .map(({ key, direct, proxied }) => `differs: ${key}: direct ${direct}, through the proxy ${proxied}`),
    ...[...expected.keys()].filter((key) => !found.has(key)).map((key) => `stale: ${key}: no longer differs`),
  ];
}
