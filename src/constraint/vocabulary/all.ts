import type { JsonValue } from '../../kit/json.ts';
import { CannotTellError } from '../cannot-tell.ts';
import type { Violation } from '../violation.ts';
import type { Constraint, ConstraintKind } from './kind.ts';

/** `{c: all, of: [constraint, …]}`: every one of them accepts. A violation counts even where another part cannot tell. */
export const all: ConstraintKind = {
  members: ['of'],
  compile(spec, compileNested) {
    const parts = spec.list('of').map((part, index) => compileNested(part, spec.at('of', index)));
    return {
      notes: parts.flatMap(({ notes = [] }) => notes),
      check: (value) => checkAll(parts, value),
      narrow: (schema) => parts.reduce((narrowed, part) => part.narrow(narrowed), schema),
    };
  },
};

function checkAll(parts: readonly Constraint[], value: JsonValue): Violation | undefined {
  let untold: CannotTellError | undefined;
  for (const part of parts) {
    try {
      const found = part.check(value);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof CannotTellError)) throw error;
      untold = error;
    }
  }
  if (untold !== undefined) throw untold;
  return undefined;
}
