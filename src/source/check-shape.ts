import { z } from 'zod';
import { type Problem, ProblemsError } from '../kit/problem.ts';
import { nearest } from '../kit/nearest.ts';
import { issueWords } from './issue-words.ts';
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
    const known = knownKeys(schema, path, source.value);
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
  const meaning = descriptionOf(schema, path, source.value);
  const says = issueWords(issue, valueAt(path, source.value));
  return [source.problem(path, says, meaning === undefined ? undefined : `This field: ${meaning}`)];
}

type Place = Readonly<Record<string, unknown>>;

/** The JSON Schema of the place at `path` in `value`, as far as it can be followed. */
function placeOf(schema: z.ZodType, path: SourcePath, value: unknown): Place | undefined {
  let place: Place = z.toJSONSchema(schema, { io: 'input' });
  let here = value;
  for (const step of path) {
    const properties = propertiesOf(place, here);
    const next = typeof step === 'number' ? place['items'] : (properties?.[step] ?? place['additionalProperties']);
    if (!isPlace(next)) return undefined;
    place = next;
    here = isPlace(here) || Array.isArray(here) ? (here as Place)[step] : undefined;
  }
  return place;
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The fields of an object; of a choice between objects, those of the form that `value` says it has, or else of each. What every
 * form describes differently is then described by none.
 */
function propertiesOf(place: Place, value: unknown): Place | undefined {
  const choices = place['oneOf'] as readonly Place[] | undefined;
  if (choices === undefined) return place['properties'] as Place | undefined;
  const forms = choices.map((choice) => (choice['properties'] ?? {}) as Readonly<Record<string, Place>>);
  const said = forms.filter((form) => isPlace(value) && saysForm(form, value));
  if (said.length > 0) return Object.assign({}, ...said) as Place;
  const fields = Object.entries(Object.assign({}, ...forms) as Readonly<Record<string, Place>>);
  return Object.fromEntries(fields.map(([name, field]) => [name, isDescribedAlike(name, forms) ? field : {}]));
}

function isDescribedAlike(name: string, forms: readonly Readonly<Record<string, Place>>[]): boolean {
  const said = forms.flatMap((form) => (form[name] === undefined ? [] : [form[name]['description']]));
  return new Set(said).size < 2;
}

function saysForm(form: Readonly<Record<string, Place>>, value: Place): boolean {
  return Object.entries(form).every(
    ([name, field]) => field['const'] === undefined || field['const'] === (value[name] ?? field['default']),
  );
}

function knownKeys(schema: z.ZodType, path: SourcePath, value: unknown): string[] {
  const place = placeOf(schema, path, value);
  const here = valueAt(path, value);
  return place === undefined ? [] : Object.keys(propertiesOf(place, here) ?? {});
}

function valueAt(path: SourcePath, value: unknown): unknown {
  return path.reduce<unknown>(
    (at, step) => (isPlace(at) || Array.isArray(at) ? (at as Place)[step] : undefined),
    value,
  );
}

function descriptionOf(schema: z.ZodType, path: SourcePath, value: unknown): string | undefined {
  const description = placeOf(schema, path, value)?.['description'];
  return typeof description === 'string' ? description : undefined;
}
