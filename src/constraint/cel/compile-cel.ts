import { CelError } from './cel-error.ts';
import { SIGNATURES } from './check-call.ts';
import { checkCel } from './check-cel.ts';
import { costOf } from './cost.ts';
import { type CelOutcome, outcomeOf } from './outcome.ts';
import { parseCel } from './parse-cel.ts';
import { type CelBindings, planCel } from './plan-cel.ts';
import { readsOf } from './reads.ts';
import { type CelType, DYN, sayType } from './type.ts';
import { wrapArguments } from './wrap-arguments.ts';

export { CelError } from './cel-error.ts';
export type { CelOutcome } from './outcome.ts';
export type { CelBindings } from './plan-cel.ts';

/** What an expression may name and must be. */
export interface CelEnvironment {
  readonly variables: ReadonlyMap<string, CelType>;
  /** `bool` for a condition; `any` for a `let` binding. */
  readonly result: 'bool' | 'any';
}

export interface CelProgram {
  /**
   * Total: what goes wrong is an outcome.
   *
   * `&&` and `||` are CEL's: `false && error` is false and `true || error` is true, in either order, since the answer does not
   * depend on what failed. Any other error is the outcome.
   */
  evaluate(bindings: CelBindings): CelOutcome;
  /** The dotted paths that it reads, variable first: `args.path`. */
  readonly reads: readonly string[];
  /** Upper bound of what evaluating costs, in units of about 50 ns. */
  readonly cost: number;
  /** What it evaluates to. */
  readonly type: CelType;
}

/**
 * Compiles a CEL expression: parsed and evaluated by the library; checked and bounded by us, at load.
 *
 * @throws CelError for syntax, types, unguarded members and cost.
 */
export function compileCel(source: string, environment: CelEnvironment): CelProgram {
  const { ast, expr } = parseCel(source, (name) => SIGNATURES.has(name));
  const types = checkCel(ast, environment.variables);
  const type = types.get(ast) ?? DYN;
  checkResult(type, environment.result, ast.offset);
  const cost = costOf(ast, types);
  const reads = readsOf(ast);
  wrapArguments(ast, types);
  const evaluate = planCel(ast, expr, reads);
  const isCondition = environment.result === 'bool';
  return { reads, cost, type, evaluate: (bindings) => outcomeOf(evaluate(bindings), isCondition) };
}

function checkResult(type: CelType, wanted: 'bool' | 'any', offset: number): void {
  if (wanted === 'bool' && type.kind !== 'bool' && type.kind !== 'dyn') {
    throw new CelError(offset, `a condition must be bool, not ${sayType(type)}`);
  }
  if (type.kind === 'timestamp' || type.kind === 'duration') {
    throw new CelError(offset, `the result cannot be a ${type.kind}`, 'Use string(…) or int(…).');
  }
}
