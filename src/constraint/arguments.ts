import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { compileConstraint, type Constraint } from './constraint.ts';
import { ConstraintError } from './constraint-error.ts';
import { narrowArguments } from './narrow-arguments.ts';
import { clipPointer, pointerOf } from './pointer.ts';
import { sayNames, sayType } from './say.ts';
import type { Violation } from './violation.ts';

/** Compiled constraints on the arguments of one tool or prompt. */
export interface ArgumentConstraints {
  /** The constrained arguments, in the order of the spec. */
  readonly names: readonly string[];
  /** The first argument at fault: a listed one that is missing or not accepted, then one that is not listed. */
  check(args: JsonObject): Violation | undefined;
  /** The tool's `inputSchema` tightened for `tools/list`. Accepts nothing that `inputSchema` does not. */
  narrow(inputSchema: JsonObject): JsonObject;
}

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
 * @throws ConstraintError whose pointer starts with the argument's name.
 */
export function compileArguments(spec: JsonObject, extraArgs: 'deny' | 'allow'): ArgumentConstraints {
  if (spec.size > MAX_ARGUMENTS) throw new ConstraintError('', `at most ${MAX_ARGUMENTS} arguments can be constrained`);
  const constraints = new Map([...spec].map(([name, member]) => [name, compileArgument(name, member)]));
  const names = [...constraints.keys()];
  return {
    names,
    check: (args) =>
      checkListed(args, constraints) ?? (extraArgs === 'deny' ? checkExtra(args, constraints) : undefined),
    narrow: (inputSchema) => narrowArguments(inputSchema, constraints, extraArgs),
  };
}

function compileArgument(name: string, spec: JsonValue): ArgumentConstraint {
  const at = pointerOf(name);
  if (!isJsonObject(spec)) throw new ConstraintError(at, `a constraint is an object with c, not ${sayType(spec)}`);
  const optional = spec.get('optional') ?? false;
  if (typeof optional !== 'boolean') throw new ConstraintError(`${at}/optional`, 'must be true or false');
  const members = new Map(spec);
  members.delete('optional');
  try {
    return { constraint: compileConstraint(members), optional };
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    throw new ConstraintError(at + error.pointer, error.message, error.suggestion);
  }
}

function checkListed(args: JsonObject, constraints: ReadonlyMap<string, ArgumentConstraint>): Violation | undefined {
  for (const [name, { constraint, optional }] of constraints) {
    const value = args.get(name);
    if (value === undefined) {
      if (optional) continue;
      return { pointer: pointerOf(name), message: 'must be given', allowed: 'a value: the argument is required here' };
    }
    const found = constraint.check(value);
    if (found !== undefined) return { ...found, pointer: clipPointer(pointerOf(name) + found.pointer) };
  }
  return undefined;
}

function checkExtra(args: JsonObject, constraints: ReadonlyMap<string, ArgumentConstraint>): Violation | undefined {
  for (const name of args.keys()) {
    if (constraints.has(name)) continue;
    const allowed = constraints.size === 0 ? 'no arguments' : `only the arguments ${sayNames([...constraints.keys()])}`;
    return { pointer: pointerOf(name), message: 'is not an argument that is allowed here', allowed };
  }
  return undefined;
}
