import type { JsonObject } from '../../kit/json.ts';
import { SchemaError } from './schema-error.ts';

/** The JSON Schema dialects that are read. */
export type Dialect = 'draft-07' | '2020-12';

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
  ['https://json-schema.org/draft-07/schema', 'draft-07'],
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
]);

/** The dialect that `$schema` names; 2020-12 without one, as MCP says. @throws SchemaError for any other. */
export function dialectOf(schema: JsonObject): Dialect {
  const named = schema.get('$schema');
  if (named === undefined) return '2020-12';
  const dialect = typeof named === 'string' ? DIALECTS.get(named.replace(/#$/, '')) : undefined;
  if (dialect !== undefined) return dialect;
  throw new SchemaError('/$schema', 'is a dialect that is not supported: draft-07 and 2020-12 are');
}
