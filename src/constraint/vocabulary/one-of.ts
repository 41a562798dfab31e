import { JsonSet } from '../json-set.ts';
import { sayList } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import { withEnum, withHint } from './tighten.ts';

/** `{c: one_of, values: […]}`: one of these values, compared as `exact` does. */
export const oneOf: ConstraintKind = {
  members: ['values'],
  compile(spec) {
    const values = spec.list('values');
    const set = new JsonSet(values);
    const allowed = `one of ${sayList(values)}`;
    return {
      check: (value) => (set.has(value) ? undefined : violation(`must be ${allowed}`, allowed)),
      narrow: (schema) => {
        const narrowed = withEnum(schema, values);
        return narrowed === schema ? withHint(schema, allowed) : narrowed;
      },
    };
  },
};
