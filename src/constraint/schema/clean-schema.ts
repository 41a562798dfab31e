import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { nearest } from '../../kit/nearest.ts';
import { pointerOf } from '../pointer.ts';
import { compileEcmaPattern, type Re2, Re2Error } from '../re2.ts';
import { sayNames } from '../say.ts';
import { checkKeyword } from './check-keyword.ts';
import type { Dialect } from './dialect.ts';
import { ANNOTATIONS, FORMATS, KEYWORDS, type KeywordShape, REFUSED } from './keywords.ts';
import { SchemaError } from './schema-error.ts';
import type { SchemaNote } from './schema-note.ts';

/** A schema of only those keywords that decide, in their right shapes. */
export interface CleanSchema {
  readonly schema: JsonObject;
  readonly dialect: Dialect;
  /** Its patterns compiled, by their text. */
  readonly patterns: ReadonlyMap<string, Re2>;
  /** Keywords and formats that decide nothing. */
  readonly notes: readonly SchemaNote[];
}

const MAX_SUBSCHEMAS = 1_500;
/** Schemas in one `allOf`, `anyOf` or `oneOf`: what ajv makes of them grows with the square. */
const MAX_BRANCHES = 200;
/** RE2 instructions of all patterns together. */
const MAX_PATTERN_SIZE = 40_000;
const MAX_DEPTH = 48;
const MAX_NOTES = 50;

/** Keywords of a draft-07 schema with a `$ref` that are not ignored (draft-07 §8.3): those that only hold schemas do not judge. */
const BESIDE_REF: ReadonlySet<string> = new Set(['$ref', 'definitions', '$defs']);
const IGNORED = 'ignored: draft-07 reads nothing beside $ref';

/**
 * Takes a schema apart keyword by keyword and puts together one that means the same and nothing more.
 *
 * What the validating library gets is only this: no `$id` that could clash with another schema's, no keyword that only the
 * library knows (`nullable`, `discriminator`, `$data`), no annotation. Places stay where they are, so `#/…` still finds them.
 * `patterns` replaces patterns by their text.
 *
 * @throws SchemaError for a keyword of the wrong shape, a refused one, or a schema that is too large.
 */
export function cleanSchema(
  schema: JsonObject,
  dialect: Dialect,
  patterns: ReadonlyMap<string, string> = new Map(),
): CleanSchema {
  const cleaner = new Cleaner(dialect, patterns);
  return { schema: cleaner.object(schema, ''), dialect, patterns: cleaner.patterns, notes: cleaner.notes };
}

class Cleaner {
  readonly notes: SchemaNote[] = [];
  readonly patterns = new Map<string, Re2>();
  readonly #dialect: Dialect;
  readonly #replacements: ReadonlyMap<string, string>;
  #patternSize = 0;
  #subschemas = 0;
  #depth = 0;

  constructor(dialect: Dialect, replacements: ReadonlyMap<string, string>) {
    this.#dialect = dialect;
    this.#replacements = replacements;
  }

  object(schema: JsonObject, at: string): JsonObject {
    if (++this.#subschemas > MAX_SUBSCHEMAS) throw new SchemaError(at, `has more than ${MAX_SUBSCHEMAS} subschemas`);
    if (++this.#depth > MAX_DEPTH) throw new SchemaError(at, `is nested more than ${MAX_DEPTH} deep`);
    const clean = new Map<string, JsonValue>();
    const isReference = this.#dialect === 'draft-07' && schema.has('$ref');
    for (const [keyword, value] of schema) {
      const shape = KEYWORDS[this.#dialect].get(keyword);
      if (shape === undefined) this.#setAside(keyword, value, at);
      else if (isReference && !BESIDE_REF.has(keyword)) this.#note(at + pointerOf(keyword), IGNORED);
      else clean.set(keyword, this.#keyword(shape, value, at + pointerOf(keyword)));
    }
    this.#depth--;
    return clean;
  }

  #keyword(shape: KeywordShape, value: JsonValue, at: string): JsonValue {
    switch (shape) {
      case 'schema':
        return this.#schema(value, at);
      case 'schemas':
        return this.#schemas(value, at);
      case 'schema-map':
        return this.#schemaMap(value, at);
      case 'items-draft-07':
        return isJsonArray(value) ? this.#schemas(value, at) : this.#schema(value, at);
      case 'dependencies':
        return this.#dependencies(value, at);
      case 'pattern':
        return this.#pattern(value, at);
      case 'pattern-map':
        return this.#patternMap(value, at);
      default:
        checkKeyword(shape, value, at);
        return value;
    }
  }

  #schema(value: JsonValue, at: string): JsonValue {
    if (typeof value === 'boolean') return value;
    if (isJsonObject(value)) return this.object(value, at);
    throw new SchemaError(at, 'must be a schema: an object, true or false');
  }

  #schemas(value: JsonValue, at: string): JsonValue {
    if (!isJsonArray(value) || value.length === 0) throw new SchemaError(at, 'must be a list of schemas, not empty');
    if (value.length > MAX_BRANCHES) throw new SchemaError(at, `must be at most ${MAX_BRANCHES} schemas`);
    return value.map((schema, index) => this.#schema(schema, at + pointerOf(index)));
  }

  #schemaMap(value: JsonValue, at: string): JsonValue {
    return mapMembers(value, at, (schema, name, place) => [name, this.#schema(schema, place)]);
  }

  #dependencies(value: JsonValue, at: string): JsonValue {
    return mapMembers(value, at, (member, name, place) => {
      if (!isJsonArray(member)) return [name, this.#schema(member, place)];
      checkKeyword('names', member, place);
      return [name, member];
    });
  }

  #patternMap(value: JsonValue, at: string): JsonValue {
    return mapMembers(value, at, (schema, name, place) => [this.#pattern(name, place), this.#schema(schema, place)]);
  }

  /** The pattern, or its replacement, if RE2 can compile it. */
  #pattern(value: JsonValue, at: string): string {
    if (typeof value !== 'string') throw new SchemaError(at, 'must be a pattern: a string');
    const pattern = this.#replacements.get(value) ?? value;
    if (!this.patterns.has(pattern)) this.patterns.set(pattern, this.#compilePattern(pattern, at));
    return pattern;
  }

  #compilePattern(pattern: string, at: string): Re2 {
    try {
      const compiled = compileEcmaPattern(pattern);
      this.#patternSize += compiled.size;
      if (this.#patternSize > MAX_PATTERN_SIZE) throw new Re2Error('all patterns together are too large');
      return compiled;
    } catch (error) {
      if (!(error instanceof Re2Error)) throw error;
      throw new SchemaError(at, `is a pattern that RE2 cannot compile (${error.message}): give a replacement for it`);
    }
  }

  /** A keyword that decides nothing, or one that is refused. */
  #setAside(keyword: string, value: JsonValue, at: string): void {
    const refused = REFUSED.get(keyword);
    if (refused !== undefined) throw new SchemaError(at + pointerOf(keyword), refused);
    if (keyword === '$id' && at !== '') throw new SchemaError(`${at}/$id`, 'is not supported inside a schema');
    if (keyword === '$schema' && at !== '') throw new SchemaError(`${at}/$schema`, 'is not supported inside a schema');
    if (keyword === '$id' || (ANNOTATIONS.has(keyword) && keyword !== 'format')) return;
    if (keyword !== 'format') this.#noteUnknown(keyword, at);
    else if (typeof value === 'string' && !FORMATS.has(value))
      this.#note(`${at}/format`, `unknown format ${sayNames([value])}`);
  }

  #noteUnknown(keyword: string, at: string): void {
    const meant = nearest(keyword, KEYWORDS[this.#dialect].keys());
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    this.#note(at, `unknown keyword ${sayNames([keyword])}, read as an annotation${hint}`);
  }

  #note(pointer: string, message: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push({ pointer, message });
  }
}

function mapMembers(
  value: JsonValue,
  at: string,
  member: (value: JsonValue, name: string, at: string) => [string, JsonValue],
): JsonObject {
  if (!isJsonObject(value)) throw new SchemaError(at, 'must be an object');
  const members = new Map<string, JsonValue>();
  for (const [name, schema] of value) {
    const place = at + pointerOf(name);
    if (name === '__proto__') throw new SchemaError(place, 'is a name that is not supported');
    const [key, clean] = member(schema, name, place);
    if (members.has(key)) throw new SchemaError(place, 'has the same replacement as another pattern');
    members.set(key, clean);
  }
  return members;
}
