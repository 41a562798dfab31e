import type { JsonValue } from '../../kit/json.ts';
import type { CelType } from './type.ts';

export { CelError } from './cel-error.ts';

/** What an expression may name and must be. */
export interface CelEnvironment {
  readonly variables: ReadonlyMap<string, CelType>;
  /** `bool` for a condition; `any` for a `let` binding. */
  readonly result: 'bool' | 'any';
}

/** Values of the declared variables. One that is bound to `undefined`, or missing, is unknown. */
export type CelBindings = ReadonlyMap<string, JsonValue | Date | undefined>;

export type CelOutcome =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'value'; readonly value: JsonValue }
  /** It depends on a variable that is unknown. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'error'; readonly message: string };

export interface CelProgram {
  /** Never throws. */
  evaluate(bindings: CelBindings): CelOutcome;
  /** Dotted paths that are read, variable first: `args.path`. */
  readonly reads: readonly string[];
  /** Upper bound of the work, in units. */
  readonly cost: number;
  /** What it evaluates to. */
  readonly type: CelType;
}

/** @throws CelError */
export function compileCel(_source: string, _environment: CelEnvironment): CelProgram {
  throw new Error('not built yet');
}
