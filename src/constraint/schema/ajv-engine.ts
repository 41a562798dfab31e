import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { fromPlain, type JsonObject, type PlainJson, toPlain } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';
import type { Re2 } from '../re2.ts';
import type { Dialect } from './dialect.ts';
import { mapSchemas } from './subschemas.ts';

/** A value asks for more validation steps than are given. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/** Steps through referred schemas that one validation may take: a recursive schema can branch on every level. */
const MAX_STEPS = 50_000;
/** A keyword of our own that counts these steps; the clean schema cannot hold one of the same name. */
const STEP = 'x-step';

/** `undefined` when the value is valid, else the library's errors, the decisive one last. @throws BudgetError, Re2Error */
export type PlainValidator = (value: PlainJson) => readonly ErrorObject[] | undefined;

/**
 * Compiles a clean schema with ajv.
 *
 * A fresh instance for each schema: instances keep what they compile (patterns, values) for ever, and share names. ajv
 * writes JavaScript from the schema; what it writes is made of keywords and escaped texts only (`clean-schema.ts`).
 * Draft-07 is compiled by the 2019-09 instance, which reads its keywords alike and knows `unevaluatedProperties`.
 */
export function compileWithAjv(
  schema: JsonObject,
  dialect: Dialect,
  patterns: ReadonlyMap<string, Re2>,
): PlainValidator {
  const steps = { left: 0 };
  const options = { ...OPTIONS, code: { regExp: regExpEngine(patterns) } };
  const ajv = dialect === 'draft-07' ? new Ajv2019(options) : new Ajv2020(options);
  replaceEquality(ajv);
  ajv.addKeyword({ keyword: STEP, errors: false, validate: () => countStep(steps) });
  const validate: ValidateFunction = ajv.compile(toPlain(countReferred(schema)) as object);
  return (value) => {
    steps.left = MAX_STEPS;
    return validate(value) ? undefined : (validate.errors ?? []);
  };
}

/** Hands ajv the patterns that are compiled already. */
function regExpEngine(patterns: ReadonlyMap<string, Re2>): RegExpEngine {
  const engine = (text: string): RegExp => {
    const compiled = patterns.get(text);
    if (compiled === undefined) throw new Error('a pattern that was not compiled');
    // ajv keeps patterns by their text: without `toString` all patterns would be the first one.
    return { ...compiled, toString: () => text } as unknown as RegExp;
  };
  return Object.assign(engine, { code: 're2' });
}

const OPTIONS: Options = {
  strict: false,
  // Our own reader has checked every keyword; the meta-schemas would cost a compilation of their own.
  meta: false,
  validateSchema: false,
  validateFormats: false,
  addUsedSchema: false,
  $data: false,
  messages: false,
  verbose: true,
  logger: false,
};

/**
 * Replaces the keywords that compare values. The library's comparison reads `constructor` and `valueOf` of the data, which
 * a null-prototype object does not have and a hostile one has as members; and it compares every pair for `uniqueItems`.
 */
function replaceEquality(ajv: Ajv2019 | Ajv2020): void {
  for (const keyword of ['enum', 'const', 'uniqueItems']) ajv.removeKeyword(keyword);
  ajv.addKeyword({ keyword: 'enum', schemaType: 'array', errors: false, compile: isIn });
  ajv.addKeyword({ keyword: 'const', errors: false, compile: (value: PlainJson) => isIn([value]) });
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', errors: false, validate: isUnique });
}

function isIn(values: PlainJson[]): (data: PlainJson) => boolean {
  const set = new JsonSet(values.map(fromPlain));
  return (data) => set.has(fromPlain(data));
}

function isUnique(wanted: boolean, items: readonly PlainJson[]): boolean {
  return !wanted || new JsonSet(items.map(fromPlain)).size === items.length;
}

function countStep(steps: { left: number }): boolean {
  if (--steps.left < 0) throw new BudgetError('the value asks for too many validation steps');
  return true;
}

/** The schema with a counted step beside each `$ref`. */
function countReferred(schema: JsonObject): JsonObject {
  return mapSchemas(schema, (sub) => (sub.has('$ref') ? new Map(sub).set(STEP, true) : sub));
}
