import { fromPlain, isJsonArray, isJsonObject, type JsonValue } from '../../kit/json.ts';
import type { WrittenRule } from '../policy-file.ts';

/** Most values that one rule gives. */
const MAX_VALUES = 200;

/**
 * Values at which the answer of a rule may turn: what its constraints, its conditions and its tests hold, and what is next to
 * that. A number has its neighbours, a text something behind it and below it.
 */
export function literalsOf({ args, when, let: lets, tests }: WrittenRule): readonly JsonValue[] {
  const found = new Map<string, JsonValue>();
  const texts = [when, ...Object.values(lets ?? {})].filter((text) => text !== undefined);
  for (const value of [...leaves(fromPlain(args ?? {})), ...texts.flatMap(literalsIn)]) add(found, value);
  for (const test of tests ?? []) for (const value of leaves(fromPlain(test.args ?? {}))) add(found, value);
  return [...found.values()].slice(0, MAX_VALUES);
}

function add(found: Map<string, JsonValue>, value: JsonValue): void {
  for (const one of [value, ...neighboursOf(value)]) found.set(JSON.stringify(one), one);
}

function neighboursOf(value: JsonValue): readonly JsonValue[] {
  if (typeof value === 'number') return [value - 1, value + 1];
  if (typeof value === 'string') return [`${value}x`, `${value}/x`];
  return typeof value === 'boolean' ? [!value] : [];
}

/** Everything in a value that holds nothing itself, and every list as a whole. */
function leaves(value: JsonValue): readonly JsonValue[] {
  if (isJsonObject(value)) return [...value.values()].flatMap(leaves);
  return isJsonArray(value) ? [value, ...value.flatMap(leaves)] : [value];
}

/** Texts and numbers that stand in a CEL expression. */
function literalsIn(expression: string): readonly JsonValue[] {
  return [...expression.matchAll(/"([^"\\]*)"|'([^'\\]*)'|\b\d+(?:\.\d+)?\b/g)].map(
    ([all, double, single]) => double ?? single ?? Number(all),
  );
}
