import { checkShape } from '../source/check-shape.ts';
import type { SourcePath, YamlSource } from '../source/yaml-source.ts';
import type { Findings } from './findings.ts';
import { type PolicyFile, policyFileSchema } from './policy-file.ts';
import { ProblemsError } from '../kit/problem.ts';

/** A policy file with its source, for positions. */
export interface PolicySource {
  readonly source: YamlSource;
  readonly file: PolicyFile;
}

/** The files that have the right shape; what is wrong with the others goes to `findings`. */
export function readPolicyFiles(sources: readonly YamlSource[], findings: Findings): readonly PolicySource[] {
  return sources.flatMap((source) => {
    const forbidden = forbiddenKey(source.value, []);
    if (forbidden !== undefined) {
      findings.errorAtKey(source, forbidden, '__proto__ is not a name that can be used.', 'Remove it.');
      return [];
    }
    try {
      return [{ source, file: checkShape(source, policyFileSchema) }];
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      findings.add(error.problems);
      return [];
    }
  });
}

/** Where a key `__proto__` stands: zod drops it silently, and a constraint that is dropped is no constraint. */
function forbiddenKey(value: unknown, path: SourcePath): SourcePath | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__') return here;
    const inside = forbiddenKey(member, here);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
