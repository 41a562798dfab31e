import { jsonEqual } from '../json-equal.ts';
import { sayValue } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import { withEnum } from './tighten.ts';

/** `{c: exact, value}`: this very value. Strings compare code unit by code unit, numbers by value. */
export const exact: ConstraintKind = {
  members: ['value'],
  compile(spec) {
    const wanted = spec.value('value');
    const allowed = sayValue(wanted);
    return {
      check: (value) => (jsonEqual(value, wanted) ? undefined : violation(`must be ${allowed}`, allowed)),
      narrow: (schema) => withEnum(schema, [wanted]),
    };
  },
};
