import type { JsonValue } from '../../kit/json.ts';
import { CannotTellError } from '../cannot-tell.ts';
import type { Violation } from '../violation.ts';
import { type Constraint, type ConstraintKind, violation } from './kind.ts';
import { withAlso } from './tighten.ts';

/** `{c: any, of: [constraint, …]}`: at least one of them accepts, even where another part cannot tell. */
export const any: ConstraintKind = {
  members: ['of'],
  compile(spec, compileNested) {
    const parts = spec.list('of').map((part, index) => compileNested(part, spec.at('of', index)));
    return {
      notes: parts.flatMap(({ notes = [] }) => notes),
      check: (value) => checkAny(parts, value),
      narrow: (schema) => withAlso(schema, new Map([['anyOf', parts.map((part) => part.narrow(new Map()))]])),
    };
  },
};

function checkAny(parts: readonly Constraint[], value: JsonValue): Violation | undefined {
  const allowed = new Set<string>();
  let untold: CannotTellError | undefined;
  for (const part of parts) {
    try {
      const found = part.check(value);
      if (found === undefined) return undefined;
      allowed.add(found.allowed);
    } catch (error) {
      if (!(error instanceof CannotTellError)) throw error;
      untold = error;
    }
  }
  if (untold !== undefined) throw untold;
  const words = [...allowed].join('; or ');
  return violation(`must be ${words}`, words);
}
