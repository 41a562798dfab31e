import { BOOL, type CelType, DOUBLE, DYN, INT, listOf, objectOf, STRING } from '../constraint/cel/type.ts';
import { fromPlain, type JsonObject, type JsonValue } from '../kit/json.ts';
import { ProblemsError } from '../kit/problem.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';
import { checkShape } from '../source/check-shape.ts';
import { readYaml } from '../source/yaml-source.ts';
import type { Findings } from './findings.ts';
import { setItemsSchema } from './policy-file.ts';
import type { PolicySource } from './policy-source.ts';
import { setFileOf } from './set-files.ts';

/** The sets of one policy file, whole: what conditions read as `sets.NAME`. */
export interface Sets {
  readonly values: JsonObject;
  readonly type: CelType;
}

/** Reads a file that a set names, as UTF-8. @throws when it cannot be read. */
export type ReadText = (path: string) => string;

/** Resolves the sets of a file: inline lists as they are, `file:` relative to the policy file. */
export function readSets(policy: PolicySource, readText: ReadText, findings: Findings): Sets {
  const values = new Map<string, readonly JsonValue[]>();
  for (const [name, written] of Object.entries(policy.file.sets ?? {})) {
    const path = ['sets', name];
    if (Array.isArray(written)) values.set(name, written.map(fromPlain));
    else if ('https' in written) {
      const suggestion = 'Use an inline list or { file: PATH }.';
      findings.error(policy.source, path, 'sets from HTTPS are not available in this version.', suggestion);
    } else if ('file' in written) values.set(name, readSetFile(policy, path, written.file, readText, findings));
  }
  const types = [...values].map(([name, items]): [string, CelType] => [name, listOf(itemType(items), items.length)]);
  return { values, type: objectOf(Object.fromEntries(types)) };
}

function readSetFile(
  { source }: PolicySource,
  path: readonly string[],
  file: string,
  readText: ReadText,
  findings: Findings,
): readonly JsonValue[] {
  const where = setFileOf(source, file);
  try {
    return checkShape(readYaml(where, readText(where)), setItemsSchema).map(fromPlain);
  } catch (error) {
    if (error instanceof ProblemsError) findings.add(error.problems);
    else
      findings.error(
        source,
        [...path, 'file'],
        `${JSON.stringify(file)} ${whyUnreadable(error)}`,
        'The path counts from the policy file.',
      );
    return [];
  }
}

/** The one type of all items, else anything. */
function itemType(items: readonly JsonValue[]): CelType {
  const kinds = new Set(items.map((item) => typeof item));
  if (kinds.size !== 1) return DYN;
  if (kinds.has('string')) return STRING;
  if (kinds.has('boolean')) return BOOL;
  return items.every((item) => Number.isInteger(item)) ? INT : DOUBLE;
}
