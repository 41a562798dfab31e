import { dirname, resolve } from 'node:path';
import type { YamlSource } from '../source/yaml-source.ts';

/** The absolute path of a set's file, which is written relative to its policy file. */
export function setFileOf(source: YamlSource, file: string): string {
  return resolve(dirname(source.file), file);
}

/**
 * Files that the sets of policy files name, absolute: a service must be allowed to read them, and a change of one is a
 * change of the policy. Looks at files of any shape; what is wrong with them is for `compilePolicies()` to say.
 */
export function setFilesOf(sources: readonly YamlSource[]): readonly string[] {
  const files = sources.flatMap((source) => {
    const sets = isRecord(source.value) ? source.value['sets'] : undefined;
    if (!isRecord(sets)) return [];
    return Object.values(sets).flatMap((set) => {
      const file = isRecord(set) ? set['file'] : undefined;
      return typeof file === 'string' ? [setFileOf(source, file)] : [];
    });
  });
  return [...new Set(files)];
}

/** Whether a policy file of this text may name one: only with that word in it, or an escape that can spell it. */
export function mayNameFile(text: string): boolean {
  return /\bfile\b|\\/.test(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
