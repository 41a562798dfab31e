import { ConstraintError } from '../constraint-error.ts';
import { CelError, type CelProgram, compileCel } from '../cel/compile-cel.ts';
import { DYN } from '../cel/type.ts';
import { type ConstraintKind, violation } from './kind.ts';
import type { Spec } from './spec.ts';
import { withHint } from './tighten.ts';

/** `{c: cel, expr}`: a value for which the CEL expression over `value` is true. An error is not true. */
export const cel: ConstraintKind = {
  members: ['expr'],
  compile(spec) {
    const expression = spec.text('expr');
    if (expression === undefined) throw spec.error('expr', 'cel needs the expression expr');
    const program = compileExpression(spec, expression);
    const allowed = `a value for which ${expression} is true`;
    return {
      check: (value) => {
        const outcome = program.evaluate(new Map([['value', value]]));
        return outcome.kind === 'bool' && outcome.value ? undefined : violation(`must be ${allowed}`, allowed);
      },
      narrow: (schema) => withHint(schema, allowed),
    };
  },
};

function compileExpression(spec: Spec, expression: string): CelProgram {
  try {
    return compileCel(expression, { variables: new Map([['value', DYN]]), result: 'bool' });
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw new ConstraintError(spec.at('expr'), `${error.message} (at character ${error.offset})`, error.suggestion);
  }
}
