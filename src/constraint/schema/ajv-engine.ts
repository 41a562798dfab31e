import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { fromPlain, type JsonObject, type JsonValue, type PlainJson, toPlain } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';
import type { Re2 } from '../re2.ts';
import { Work } from '../work.ts';
import type { Dialect } from './dialect.ts';
import { mapSchemas } from './subschemas.ts';

/** A keyword of our own that counts work; the clean schema cannot hold one of the same name. */
const STEP = 'x-step';
/** Work of one subschema for one value, of one code unit that it may have to count, and of what is compared by value. */
const UNITS = { step: 15, codeUnit: 0.25, compared: 100 } as const;
/** Keywords under which a schema applies once to a value that was counted already. */
const ONCE: ReadonlySet<string> = new Set(['', 'properties', '$defs', 'definitions']);

/** `undefined` when the value is valid, else the library's errors, the decisive one last. @throws CannotTellError */
export type PlainValidator = (value: PlainJson, work: Work) => readonly ErrorObject[] | undefined;

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
  const current = { work: new Work() };
  const options = { ...OPTIONS, code: { regExp: regExpEngine(patterns, current) } };
  const ajv = dialect === 'draft-07' ? new Ajv2019(options) : new Ajv2020(options);
  replaceEquality(ajv, current);
  ajv.addKeyword({
    keyword: STEP,
    errors: false,
    validate: (countsText: boolean, data: PlainJson) => countStep(countsText, data, current.work),
  });
  const validate: ValidateFunction = ajv.compile(toPlain(countApplied(schema)) as object);
  return (value, work) => {
    current.work = work;
    return validate(value) ? undefined : (validate.errors ?? []);
  };
}

/** The validation that runs: the functions that ajv calls are made once. */
interface Current {
  work: Work;
}

/** Hands ajv the patterns that are compiled already. */
function regExpEngine(patterns: ReadonlyMap<string, Re2>, current: Current): RegExpEngine {
  const engine = (text: string): RegExp => {
    const compiled = patterns.get(text);
    if (compiled === undefined) throw new Error('a pattern that was not compiled');
    // ajv keeps patterns by their text: without `toString` all patterns would be the first one.
    const test = (value: string): boolean => compiled.test(value, current.work);
    return { test, toString: () => text } as unknown as RegExp;
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
function replaceEquality(ajv: Ajv2019 | Ajv2020, current: Current): void {
  const isIn = (values: PlainJson[]) => {
    const set = new JsonSet(values.map(fromPlain));
    return (data: PlainJson) => set.has(compared(data, current.work));
  };
  for (const keyword of ['enum', 'const', 'uniqueItems']) ajv.removeKeyword(keyword);
  ajv.addKeyword({ keyword: 'enum', schemaType: 'array', errors: false, compile: isIn });
  ajv.addKeyword({ keyword: 'const', errors: false, compile: (value: PlainJson) => isIn([value]) });
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    validate: (wanted: boolean, items: readonly PlainJson[]) =>
      !wanted || new JsonSet(items.map((item) => compared(item, current.work))).size === items.length,
  });
}

/** The core's form of data that is compared by value. @throws CannotTellError */
function compared(data: PlainJson, work: Work): JsonValue {
  spendOnValues(data, work);
  return fromPlain(data);
}

function spendOnValues(data: PlainJson, work: Work): void {
  if (typeof data === 'string') work.spend(UNITS.codeUnit * data.length);
  if (typeof data !== 'object' || data === null) return;
  work.spend(UNITS.compared);
  for (const [name, member] of Object.entries(data)) {
    work.spend(UNITS.compared + name.length * UNITS.codeUnit);
    spendOnValues(member, work);
  }
}

function countStep(countsText: boolean, data: PlainJson, work: Work): boolean {
  work.spend(UNITS.step + (countsText && typeof data === 'string' ? UNITS.codeUnit * data.length : 0));
  return true;
}

/**
 * The schema with a counted step in each subschema that one value can be judged by many times, or many values by: behind
 * references, in branches, for items. A recursive schema can branch on every level.
 */
function countApplied(schema: JsonObject): JsonObject {
  return mapSchemas(schema, (sub, keyword) =>
    sub.has('$ref') || !ONCE.has(keyword) ? new Map(sub).set(STEP, sub.has('minLength') || sub.has('maxLength')) : sub,
  );
}
