import { CelError, type CelProgram, compileCel } from '../constraint/cel/compile-cel.ts';
import { DYN } from '../constraint/cel/type.ts';
import type { SourcePath } from '../source/yaml-source.ts';
import type { Condition } from './condition.ts';
import { type CelScope, variablesOf } from './environment.ts';
import type { Findings } from './findings.ts';
import { argumentPaths } from './read-arguments.ts';
import type { Rule } from './rule.ts';
import type { Sets } from './sets.ts';
import { splitCondition } from './split-condition.ts';

/** A scope with the words a message calls it by. */
export interface NamedScope extends CelScope {
  /** Reads on from "for": `tool "read_file" of "files"`. */
  readonly says: string;
  /** What to do when the condition is not meant for this scope; instead of advice on the expression. */
  readonly advice?: string;
}

/** Compiles `let` and `when` of a rule for one scope; `undefined` when they do not fit it, with reasons in `findings`. */
export function compileCondition(rule: Rule, scope: NamedScope, sets: Sets, findings: Findings): Condition | undefined {
  const { written, args } = rule;
  const variables = new Map(variablesOf(scope, sets.type));
  const lets: { name: string; program: CelProgram }[] = [];
  for (const [name, text] of Object.entries(written.let ?? {})) {
    const program = compile(text, { variables, result: 'any' }, rule, ['let', name], scope, findings);
    if (program === undefined) return undefined;
    lets.push({ name, program });
    variables.set(name, program.type);
  }
  let when: CelProgram | undefined;
  if (written.when !== undefined) {
    when = compile(written.when, { variables, result: 'bool' }, rule, ['when'], scope, findings);
    if (when === undefined) return undefined;
    warnOfConstant(when, sets, rule, scope, findings);
  }
  const reads = [...lets.map(({ program }) => program.reads), when?.reads ?? []].flat();
  const paths = [...(args?.names ?? []).map((name) => [name]), ...argumentPaths(reads)];
  return { lets, when, sets: sets.values, reads: unique(paths), parts: () => compileParts(written, scope) };
}

/** A condition that nothing in a call can change is a mistake, or should not be there. */
function warnOfConstant(
  when: CelProgram,
  sets: Sets,
  { source, path }: Rule,
  scope: NamedScope,
  findings: Findings,
): void {
  const outcome = when.evaluate(new Map([['sets', sets.values]]));
  if (outcome.kind !== 'bool') return;
  const says = outcome.value ? 'always true' : 'never true';
  findings.warning(source, [...path, 'when'], `it is ${says}, for ${scope.says}.`, 'Remove it, or say what is meant.');
}

/**
 * Parts of a condition by themselves. Without static types, since a part may rely on a guard in another one; a part that
 * cannot stand alone is left out.
 */
function compileParts({ when, let: lets = {} }: Rule['written'], scope: CelScope): ReturnType<Condition['parts']> {
  if (when === undefined) return [];
  const loose = new Map(
    [...variablesOf(scope, DYN)].map(([name, type]) => [name, type.kind === 'timestamp' ? type : DYN] as const),
  );
  for (const name of Object.keys(lets)) loose.set(name, DYN);
  return splitCondition(when).flatMap((text) => {
    try {
      return [{ text, program: compileCel(text, { variables: loose, result: 'any' }) }];
    } catch (error) {
      if (error instanceof CelError) return [];
      throw error;
    }
  });
}

function compile(
  text: string,
  environment: Parameters<typeof compileCel>[1],
  { source, path }: Rule,
  field: SourcePath,
  scope: NamedScope,
  findings: Findings,
): CelProgram | undefined {
  try {
    return compileCel(text, environment);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const place = [...path, ...field];
    const position = source.locateWithin(place, error.offset);
    findings.errorAt(
      source,
      place,
      position,
      `${stripStop(error.message)}, for ${scope.says}.`,
      scope.advice ?? error.suggestion,
    );
    return undefined;
  }
}

function stripStop(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message;
}

function unique(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}
