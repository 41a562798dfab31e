import type { ArgumentConstraints } from '../constraint/arguments.ts';
import type { Violation } from '../constraint/violation.ts';
import { isJsonArray, type JsonObject, type JsonValue } from '../kit/json.ts';

/**
 * Constraints that are met when one alternative is met *as a whole*: an argument from one grant and another argument
 * from the next do not add up.
 */
export function anyOfArguments(one: ArgumentConstraints, other: ArgumentConstraints): ArgumentConstraints {
  return {
    names: [...new Set([...one.names, ...other.names])],
    check(args) {
      const first = one.check(args);
      if (first === undefined) return undefined;
      const second = other.check(args);
      return second === undefined ? undefined : eitherOf(first, second);
    },
    narrow: (schema) => withAlternatives(schema, [one.narrow(schema), other.narrow(schema)]),
  };
}

function eitherOf(first: Violation, second: Violation): Violation {
  if (first.pointer !== second.pointer || first.allowed === second.allowed) return first;
  return { ...first, allowed: `${first.allowed}, or ${second.allowed}` };
}

/** `schema` that also asks for one of `alternatives`; what it already asks for stays. */
function withAlternatives(schema: JsonObject, alternatives: readonly JsonObject[]): JsonObject {
  if (!schema.has('anyOf')) return new Map<string, JsonValue>([...schema, ['anyOf', alternatives]]);
  const all = schema.get('allOf');
  const wrapped: JsonValue = new Map([['anyOf', alternatives]]);
  return new Map<string, JsonValue>([...schema, ['allOf', [...(isJsonArray(all) ? all : []), wrapped]]]);
}
