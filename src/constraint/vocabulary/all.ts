import type { ConstraintKind } from './kind.ts';

/** `{c: all, of: [constraint, …]}`: every one of them accepts. */
export const all: ConstraintKind = {
  members: ['of'],
  compile(spec, compileNested) {
    const parts = spec.list('of').map((part, index) => compileNested(part, spec.at('of', index)));
    return {
      check: (value) => {
        for (const part of parts) {
          const found = part.check(value);
          if (found !== undefined) return found;
        }
        return undefined;
      },
      narrow: (schema) => parts.reduce((narrowed, part) => part.narrow(narrowed), schema),
    };
  },
};
