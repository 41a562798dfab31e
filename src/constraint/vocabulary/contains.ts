import { isJsonArray, type JsonObject } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';
import { sayList } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import { withAlso, withHint } from './tighten.ts';

/** More values than this are described instead of listed in `tools/list`. */
const MAX_SHOWN = 20;

/** `{c: contains, values: […]}`: an array that has every one of these values. */
export const contains: ConstraintKind = {
  members: ['values'],
  compile(spec) {
    const values = spec.list('values');
    const allowed = `an array that contains ${sayList(values)}`;
    return {
      check: (value) => {
        if (!isJsonArray(value)) return violation(`must be ${allowed}`, allowed);
        const given = new JsonSet(value);
        return values.every((wanted) => given.has(wanted)) ? undefined : violation(`must be ${allowed}`, allowed);
      },
      narrow: (schema) => {
        if (values.length > MAX_SHOWN) return withHint(schema, allowed);
        return values.reduce<JsonObject>(
          (narrowed, wanted) => withAlso(narrowed, new Map([['contains', new Map([['enum', [wanted]]])]])),
          schema,
        );
      },
    };
  },
};
