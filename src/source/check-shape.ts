import { z } from 'zod';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { nearest } from '../kit/nearest.ts';
import type { SourcePath, YamlSource } from './yaml-source.ts';

/**
 * The document as `schema` types it.
 *
 * @throws ProblemsError with one problem an issue: position of the value (of the key for an unknown field), the field's
 *   own description, and the nearest known name for a misspelt one.
 */
export function checkShape<S extends z.ZodType>(source: YamlSource, schema: S): z.output<S> {
  if (source.value === null || source.value === undefined) {
    const empty =
      source.text.trim() === '' ? 'the file is empty.' : 'nothing is written here: the file has only comments.';
    throw new ProblemsError([source.problem([], empty)]);
  }
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  throw new ProblemsError(result.error.issues.flatMap((issue) => problemsOf(issue, source, schema)));
}

function problemsOf(issue: z.core.$ZodIssue, source: YamlSource, schema: z.ZodType): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const suggestion =
        meant === undefined
          ? known.length === 0
            ? undefined
            : `Known fields: ${known.join(', ')}.`
          : `Did you mean ${JSON.stringify(meant)}?`;
      return {
        ...source.problem([...path, key], 'unknown field.', suggestion),
        ...source.locateKey([...path, key]),
      };
    });
  }
  const meaning = descriptionOf(schema, path);
  return [source.problem(path, sentence(issue.message), meaning === undefined ? undefined : `This field: ${meaning}`)];
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** The JSON Schema of the place at `path`, as far as it can be followed. */
function placeOf(schema: z.ZodType, path: SourcePath): Record<string, unknown> | undefined {
  let place = z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
  for (const step of path) {
    const properties = place['properties'] as Record<string, unknown> | undefined;
    const next = typeof step === 'number' ? place['items'] : (properties?.[step] ?? place['additionalProperties']);
    if (typeof next !== 'object' || next === null) return undefined;
    place = next as Record<string, unknown>;
  }
  return place;
}

function knownKeys(schema: z.ZodType, path: SourcePath): string[] {
  const properties = placeOf(schema, path)?.['properties'];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function descriptionOf(schema: z.ZodType, path: SourcePath): string | undefined {
  const description = placeOf(schema, path)?.['description'];
  return typeof description === 'string' ? description : undefined;
}
