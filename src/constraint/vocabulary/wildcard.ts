import type { ConstraintKind } from './kind.ts';

/** `{c: wildcard}`: any value. It still makes the argument a listed one, which the closed world asks for. */
export const wildcard: ConstraintKind = {
  members: [],
  compile: () => ({ check: () => undefined, narrow: (schema) => schema }),
};
