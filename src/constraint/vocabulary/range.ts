import type { JsonObject } from '../../kit/json.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withMaximum, withMinimum } from './tighten.ts';

/** A bound and how it reads. */
interface Bound {
  readonly keyword: string;
  readonly limit: number;
  readonly words: string;
  holds(value: number): boolean;
}

/**
 * `{c: range, min, max, exclusive_min, exclusive_max}`: a number within bounds, at least one of which is given.
 *
 * Numbers are the doubles that print back to the decimal in the call (DESIGN §4), so comparing doubles compares decimals.
 */
export const range: ConstraintKind = {
  members: ['min', 'max', 'exclusive_min', 'exclusive_max'],
  compile(spec) {
    const bounds = readBounds(spec);
    const allowed = `a number ${bounds.map((bound) => bound.words).join(' and ')}`;
    return {
      check: (value) =>
        typeof value === 'number' && bounds.every((bound) => bound.holds(value))
          ? undefined
          : violation(`must be ${allowed}`, allowed),
      narrow: (schema) => bounds.reduce(narrowTo, schema),
    };
  },
};

function readBounds(spec: Spec): Bound[] {
  const min = spec.number('min');
  const max = spec.number('max');
  const above = spec.number('exclusive_min');
  const below = spec.number('exclusive_max');
  const bounds: Bound[] = [];
  if (min !== undefined)
    bounds.push({ keyword: 'minimum', limit: min, words: `of at least ${min}`, holds: (v) => v >= min });
  if (above !== undefined)
    bounds.push({ keyword: 'exclusiveMinimum', limit: above, words: `greater than ${above}`, holds: (v) => v > above });
  if (max !== undefined)
    bounds.push({ keyword: 'maximum', limit: max, words: `of at most ${max}`, holds: (v) => v <= max });
  if (below !== undefined)
    bounds.push({ keyword: 'exclusiveMaximum', limit: below, words: `less than ${below}`, holds: (v) => v < below });
  if (bounds.length === 0) throw spec.error('min', 'a range needs at least one bound', 'Give min or max.');
  const lowest = Math.max(min ?? -Infinity, above ?? -Infinity);
  const highest = Math.min(max ?? Infinity, below ?? Infinity);
  if (lowest > highest) throw spec.error('max', `no number is at least ${lowest} and at most ${highest}`);
  return bounds;
}

function narrowTo(schema: JsonObject, { keyword, limit }: Bound): JsonObject {
  return keyword.endsWith('aximum') ? withMaximum(schema, keyword, limit) : withMinimum(schema, keyword, limit);
}
