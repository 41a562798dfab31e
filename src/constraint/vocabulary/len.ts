import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { codePointCount } from '../code-point-count.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withMaximum, withMinimum } from './tighten.ts';

/** What JSON Schema calls a length, by the JSON type it counts. */
const KEYWORDS = { string: 'Length', array: 'Items', object: 'Properties' } as const;

/** `{c: len, min, max}`: strings by Unicode code points, arrays by items, objects by members. */
export const len: ConstraintKind = {
  members: ['min', 'max'],
  compile(spec) {
    const min = readCount(spec, 'min') ?? 0;
    const max = readCount(spec, 'max') ?? Infinity;
    if (!spec.has('min') && !spec.has('max')) throw spec.error('max', 'len needs min or max');
    if (min > max) throw spec.error('max', `must be at least min, which is ${min}`);
    const allowed = sayLength(min, max);
    return {
      check: (value) => {
        const length = lengthOf(value);
        return length !== undefined && length >= min && length <= max
          ? undefined
          : violation(`must be ${allowed}`, allowed);
      },
      narrow: (schema) =>
        Object.values(KEYWORDS).reduce((narrowed, noun) => narrowLength(narrowed, noun, min, max), schema),
    };
  },
};

function readCount(spec: Spec, name: string): number | undefined {
  const count = spec.number(name);
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return count;
  throw spec.error(name, 'must be a whole number of at least 0');
}

function lengthOf(value: JsonValue): number | undefined {
  if (typeof value === 'string') return codePointCount(value);
  if (isJsonArray(value)) return value.length;
  return isJsonObject(value) ? value.size : undefined;
}

function sayLength(min: number, max: number): string {
  const unit = 'characters, items or members';
  if (max === Infinity) return `at least ${min} ${unit}`;
  return min === 0 ? `at most ${max} ${unit}` : `${min} to ${max} ${unit}`;
}

function narrowLength(schema: JsonObject, noun: string, min: number, max: number): JsonObject {
  if (!mayBe(schema, noun)) return schema;
  const atMost = max === Infinity ? schema : withMaximum(schema, `max${noun}`, max);
  return min === 0 ? atMost : withMinimum(atMost, `min${noun}`, min);
}

function mayBe(schema: JsonObject, noun: string): boolean {
  const type = schema.get('type');
  return typeof type !== 'string' || !(type in KEYWORDS) || KEYWORDS[type as keyof typeof KEYWORDS] === noun;
}
