import type { JsonObject } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';
import { sayList } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import { withAlso, withEnum, withHint } from './tighten.ts';

/** `{c: not_one_of, values: […]}`: anything but these values. Prefer `one_of`: what is not listed is allowed here. */
export const notOneOf: ConstraintKind = {
  members: ['values'],
  compile(spec) {
    const values = spec.list('values');
    const set = new JsonSet(values);
    const allowed = `any value except ${sayList(values)}`;
    return {
      check: (value) => (set.has(value) ? violation(`must be ${allowed}`, allowed) : undefined),
      narrow: (schema) => withHint(without(schema, withEnum(new Map(), values)), allowed),
    };
  },
};

/** `schema` without what `sub` accepts. An empty `sub` stands for a list too long to show. */
function without(schema: JsonObject, sub: JsonObject): JsonObject {
  if (sub.size === 0) return schema;
  return schema.has('not') ? withAlso(schema, new Map([['not', sub]])) : new Map(schema).set('not', sub);
}
