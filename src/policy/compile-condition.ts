import { CelError, type CelProgram, compileCel } from '../constraint/cel/compile-cel.ts';
import { type CelField, type CelType, DYN, mapOf } from '../constraint/cel/type.ts';
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
}

/** Compiles `let` and `when` of a rule for one scope; `undefined` when they do not fit it, with reasons in `findings`. */
export function compileCondition(rule: Rule, scope: NamedScope, sets: Sets, findings: Findings): Condition | undefined {
  const { written, args } = rule;
  const lets: { name: string; program: CelProgram }[] = [];
  const letTypes = new Map<string, CelField>();
  for (const [name, source] of Object.entries(written.let ?? {})) {
    const environment = { variables: variablesOf(scope, sets.type, objectType(letTypes)), result: 'any' } as const;
    const program = compile(source, environment, rule, ['let', name], scope, findings);
    if (program === undefined) return undefined;
    lets.push({ name, program });
    letTypes.set(name, { type: program.type, required: true });
  }
  const environment = { variables: variablesOf(scope, sets.type, objectType(letTypes)), result: 'bool' } as const;
  const when =
    written.when === undefined ? undefined : compile(written.when, environment, rule, ['when'], scope, findings);
  if (written.when !== undefined && when === undefined) return undefined;
  const reads = [...lets.map(({ program }) => program), ...(when === undefined ? [] : [when])].flatMap((p) => p.reads);
  const paths = [...(args?.names ?? []).map((name) => [name]), ...argumentPaths(reads)];
  return { lets, when, sets: sets.values, reads: unique(paths), parts: () => compileParts(written.when, scope) };
}

/**
 * Parts of a condition by themselves. Without static types, since a part may rely on a guard in another one; a part that
 * cannot stand alone is left out.
 */
function compileParts(when: string | undefined, scope: CelScope): ReturnType<Condition['parts']> {
  if (when === undefined) return [];
  const typed = variablesOf(scope, mapOf(DYN), mapOf(DYN));
  const loose = new Map([...typed].map(([name, type]) => [name, type.kind === 'object' ? mapOf(DYN) : type] as const));
  return splitCondition(when).flatMap((text) => {
    try {
      return [{ text, program: compileCel(text, { variables: loose, result: 'any' }) }];
    } catch (error) {
      if (error instanceof CelError) return [];
      throw error;
    }
  });
}

function objectType(fields: ReadonlyMap<string, CelField>): CelType {
  return { kind: 'object', fields: new Map(fields) };
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
    findings.errorAt(source, place, position, `${stripStop(error.message)}, for ${scope.says}.`, error.suggestion);
    return undefined;
  }
}

function stripStop(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message;
}

function unique(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}
