import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { CannotTellError, tooLarge } from './cannot-tell.ts';
import { compileConstraint, type Constraint } from './constraint.ts';
import { ConstraintError } from './constraint-error.ts';
import { narrowArguments } from './narrow-arguments.ts';
import { clipPointer, pointerOf } from './pointer.ts';
import { sayNames, sayType } from './say.ts';
import type { SchemaNote } from './schema/schema-note.ts';
import type { Violation } from './violation.ts';

/** Compiled constraints on the arguments of one tool or prompt. */
export interface ArgumentConstraints {
  /** The constrained arguments, in the order of the spec. */
  readonly names: readonly string[];
  /**
   * The first argument at fault: a listed one that is missing or not accepted, then one that is not listed. Total: what
   * cannot be judged is at fault, which is right where only accepted calls pass.
   */
  check(args: JsonObject): Violation | undefined;
  /** The tool's `inputSchema` tightened for `tools/list`. Accepts nothing that `inputSchema` does not. */
  narrow(inputSchema: JsonObject): JsonObject;
}

/** Constraints that also say when they cannot tell, for whoever refuses what they accept. */
export interface JudgedArguments extends ArgumentConstraints {
  /** As `check()`. A violation counts even where another argument cannot be judged. */
  judge(args: JsonObject): ArgumentsJudgement;
  /** What the author of the spec should know of the schemas in it, by pointer into the spec. */
  readonly notes: readonly SchemaNote[];
}

export type ArgumentsJudgement =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'violated'; readonly violation: Violation }
  /** Judging the argument would take too much work. */
  | { readonly kind: 'cannot-tell'; readonly violation: Violation };

/** A constraint on one argument, and whether the argument may be left out. */
export interface ArgumentConstraint {
  readonly constraint: Constraint;
  readonly optional: boolean;
}

const MAX_ARGUMENTS = 256;

/**
 * Compiles argument constraints: `{path: {c: path_under, root: /workspace}, limit: {c: range, max: 100, optional: true}}`.
 *
 * A constrained argument must be there unless it is `optional`. With `deny`, the closed world, an argument that is not
 * constrained must not be there; `{c: wildcard}` lets one pass with any value.
 *
 * @param objects As in `compileConstraint()`.
 * @throws ConstraintError whose pointer starts with the argument's name.
 */
export function compileArguments(
  spec: JsonObject,
  extraArgs: 'deny' | 'allow',
  objects: 'closed' | 'open' = 'closed',
): JudgedArguments {
  if (spec.size > MAX_ARGUMENTS) throw new ConstraintError('', `at most ${MAX_ARGUMENTS} arguments can be constrained`);
  const constraints = new Map([...spec].map(([name, member]) => [name, compileArgument(name, member, objects)]));
  const judge = (args: JsonObject): ArgumentsJudgement => judgeArguments(args, constraints, extraArgs);
  return {
    names: [...constraints.keys()],
    judge,
    check: (args) => {
      const judged = judge(args);
      return judged.kind === 'accepted' ? undefined : judged.violation;
    },
    narrow: (inputSchema) => narrowArguments(inputSchema, constraints, extraArgs),
    notes: [...constraints].flatMap(([name, { constraint }]) => notesOn(name, constraint)),
  };
}

function notesOn(name: string, { notes = [] }: Constraint): readonly SchemaNote[] {
  return notes.map(({ pointer, message }) => ({ pointer: pointerOf(name) + pointer, message }));
}

function compileArgument(name: string, spec: JsonValue, objects: 'closed' | 'open'): ArgumentConstraint {
  const at = pointerOf(name);
  if (!isJsonObject(spec)) throw new ConstraintError(at, `a constraint is an object with c, not ${sayType(spec)}`);
  const optional = spec.get('optional') ?? false;
  if (typeof optional !== 'boolean') throw new ConstraintError(`${at}/optional`, 'must be true or false');
  const members = new Map(spec);
  members.delete('optional');
  try {
    return { constraint: compileConstraint(members, objects), optional };
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    throw new ConstraintError(at + error.pointer, error.message, error.suggestion);
  }
}

function judgeArguments(
  args: JsonObject,
  constraints: ReadonlyMap<string, ArgumentConstraint>,
  extraArgs: 'deny' | 'allow',
): ArgumentsJudgement {
  let untold: ArgumentsJudgement | undefined;
  for (const [name, constraint] of constraints) {
    const judged = judgeArgument(name, args.get(name), constraint);
    if (judged.kind === 'violated') return judged;
    if (judged.kind === 'cannot-tell') untold ??= judged;
  }
  const violation = extraArgs === 'deny' ? checkExtra(args, constraints) : undefined;
  if (violation !== undefined) return { kind: 'violated', violation };
  return untold ?? { kind: 'accepted' };
}

function judgeArgument(
  name: string,
  value: JsonValue | undefined,
  { constraint, optional }: ArgumentConstraint,
): ArgumentsJudgement {
  const pointer = pointerOf(name);
  if (value === undefined) {
    if (optional) return { kind: 'accepted' };
    const allowed = 'a value: the argument is required here';
    return { kind: 'violated', violation: { pointer, message: 'must be given', allowed } };
  }
  try {
    const found = constraint.check(value);
    if (found === undefined) return { kind: 'accepted' };
    return { kind: 'violated', violation: { ...found, pointer: clipPointer(pointer + found.pointer) } };
  } catch (error) {
    if (!(error instanceof CannotTellError)) throw error;
    return { kind: 'cannot-tell', violation: { ...tooLarge(error), pointer } };
  }
}

function checkExtra(args: JsonObject, constraints: ReadonlyMap<string, ArgumentConstraint>): Violation | undefined {
  for (const name of args.keys()) {
    if (constraints.has(name)) continue;
    const allowed = constraints.size === 0 ? 'no arguments' : `only the arguments ${sayNames([...constraints.keys()])}`;
    return { pointer: pointerOf(name), message: 'is not an argument that is allowed here', allowed };
  }
  return undefined;
}
