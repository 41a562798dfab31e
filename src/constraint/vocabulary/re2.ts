import { compileRe2, type Re2, Re2Error } from '../re2.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withHint, withPattern } from './tighten.ts';

/** `{c: re2, pattern}`: a string that the RE2 pattern matches from end to end, as if it stood between `^` and `$`. */
export const re2: ConstraintKind = {
  members: ['pattern'],
  compile(spec) {
    const pattern = compilePattern(spec);
    const allowed = `a string that matches ${pattern.pattern}`;
    return {
      check: (value) =>
        typeof value === 'string' && pattern.testWhole(value) ? undefined : violation(`must be ${allowed}`, allowed),
      narrow: (schema) => {
        const whole = `^(?:${pattern.pattern})$`;
        return isEcmaPattern(whole) ? withPattern(schema, whole) : withHint(schema, allowed);
      },
    };
  },
};

function compilePattern(spec: Spec): Re2 {
  const pattern = spec.text('pattern');
  if (pattern === undefined) throw spec.error('pattern', 're2 needs a pattern');
  try {
    return compileRe2(pattern);
  } catch (error) {
    if (!(error instanceof Re2Error)) throw error;
    throw spec.error(
      'pattern',
      `RE2 cannot compile this: ${error.message}`,
      'Look-around and back-references do not exist in RE2.',
    );
  }
}

/** Whether a client, whose patterns are ECMA-262, could read this. It is compiled here and never run. */
function isEcmaPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}
