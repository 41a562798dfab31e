import type { JsonObject, JsonValue } from '../../kit/json.ts';
import type { SchemaNote } from '../schema/schema-note.ts';
import type { Violation } from '../violation.ts';
import type { Spec } from './spec.ts';

/** One compiled constraint on one argument. Pure: it holds no state between checks. */
export interface Constraint {
  /**
   * What is wrong with `value`, or `undefined` when it is accepted.
   *
   * @throws CannotTellError when judging it would take too much work: no answer for either.
   */
  check(value: JsonValue): Violation | undefined;
  /**
   * The property schema of `tools/list` tightened as far as JSON Schema can say it, in keywords that mean the same in
   * draft-07 and 2020-12. Accepts nothing that `schema` does not.
   */
  narrow(schema: JsonObject): JsonObject;
  /** What its author should know of the schemas in it, by pointer into the constraint. Absent: nothing. */
  readonly notes?: readonly SchemaNote[];
}

/** A word of the vocabulary: which members it takes and what it compiles to. */
export interface ConstraintKind {
  readonly members: readonly string[];
  /**
   * @param objects How schemas in it read objects that do not say whether they are open.
   * @throws ConstraintError
   */
  compile(spec: Spec, compileNested: CompileNested, objects: 'closed' | 'open'): Constraint;
}

/** Compiles a constraint inside another one; `pointer` is where it stands. @throws ConstraintError */
export type CompileNested = (spec: JsonValue, pointer: string) => Constraint;

/** A violation of the value itself. */
export function violation(message: string, allowed: string): Violation {
  return { pointer: '', message, allowed };
}
