import type { CelOutcome, CelProgram } from '../constraint/cel/compile-cel.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';

/** The CEL part of a rule, compiled for one scope. */
export interface Condition {
  /** In the order they are written: each may read the ones before. */
  readonly lets: readonly { readonly name: string; readonly program: CelProgram }[];
  readonly when: CelProgram | undefined;
  /** Items by set name, of the rule's file. */
  readonly sets: JsonObject;
  /** The parts that `&&` or `||` joins in `when`, compiled without types: for explanations, made on demand. */
  parts(): readonly { readonly text: string; readonly program: CelProgram }[];
  /** Paths into the arguments that the rule reads, constraints and CEL together. */
  readonly reads: readonly (readonly string[])[];
}

/** What a condition says. `unknown` only where arguments are unbound (lists). */
export type ConditionOutcome =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'error'; readonly message: string };

/** Bindings of one decision: rules set their own `sets` and `let` names in it, one rule after the other. */
export type MutableBindings = Map<string, JsonValue | Date | undefined>;

/** Evaluates `let` and `when`; without either the condition holds. Never throws; sets `sets` and the names of `let`. */
export function evaluateCondition({ lets, when, sets }: Condition, bindings: MutableBindings): ConditionOutcome {
  if (when === undefined && lets.length === 0) return { kind: 'holds' };
  bindings.set('sets', sets);
  for (const { name, program } of lets) {
    const outcome = program.evaluate(bindings);
    // Read or not: an expression that cannot be evaluated fails the rule, so that no order of evaluation matters.
    if (outcome.kind === 'error') return { kind: 'error', message: `let ${name}: ${outcome.message}` };
    bindings.set(name, outcome.kind === 'unknown' ? undefined : outcome.value);
  }
  return when === undefined ? { kind: 'holds' } : conditionOf(when.evaluate(bindings));
}

function conditionOf(outcome: CelOutcome): ConditionOutcome {
  switch (outcome.kind) {
    case 'bool':
      return { kind: outcome.value ? 'holds' : 'fails' };
    case 'unknown':
      return outcome;
    case 'error':
      return { kind: 'error', message: `when: ${outcome.message}` };
    case 'value':
      return { kind: 'error', message: 'when: the condition is not a boolean.' };
  }
}
