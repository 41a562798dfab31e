import { isJsonArray } from '../../kit/json.ts';
import { JsonSet } from '../json-set.ts';
import { pointerOf } from '../pointer.ts';
import { sayList } from '../say.ts';
import { type ConstraintKind, violation } from './kind.ts';
import { withAlso, withEnum, withHint } from './tighten.ts';

/** `{c: subset, values: […]}`: an array, possibly empty, of only these values. */
export const subset: ConstraintKind = {
  members: ['values'],
  compile(spec) {
    const values = spec.list('values');
    const set = new JsonSet(values);
    const item = `one of ${sayList(values)}`;
    const allowed = `an array of which each item is ${item}`;
    return {
      check: (value) => {
        if (!isJsonArray(value)) return violation(`must be ${allowed}`, allowed);
        const wrong = value.findIndex((entry) => !set.has(entry));
        return wrong < 0 ? undefined : { pointer: pointerOf(wrong), message: `must be ${item}`, allowed };
      },
      narrow: (schema) => {
        const items = withEnum(new Map(), values);
        return items.size === 0 ? withHint(schema, allowed) : withAlso(schema, new Map([['items', items]]));
      },
    };
  },
};
