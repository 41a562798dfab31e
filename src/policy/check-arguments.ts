import type { CelType } from '../constraint/cel/type.ts';
import { isJsonArray, type JsonObject } from '../kit/json.ts';
import { nearest } from '../kit/nearest.ts';
import { unreachableValues } from './check-values.ts';
import { misfitOf } from './constraint-fit.ts';
import type { Findings } from './findings.ts';
import type { Rule } from './rule.ts';

/** A tool as constraints are compared with it. */
export interface ToolShape {
  /** Reads on from "on": `tool "read_file" of "files"`. */
  readonly says: string;
  readonly inputSchema: JsonObject;
  readonly type: CelType;
}

/**
 * Reports constraints that the pinned schema makes meaningless: on arguments it does not have, of another type, or an
 * allow rule without an argument that every call has.
 */
export function checkArguments(rule: Rule, tool: ToolShape, findings: Findings): void {
  const { written, source, path, effect } = rule;
  const certain = effect === 'deny' || effect === 'limit';
  for (const [name, spec] of Object.entries(written.args ?? {})) {
    const place = [...path, 'args', name];
    const type = typeOfArgument(tool.type, name);
    if (type === undefined) {
      findings.errorAtKey(source, place, `there is no such argument of ${tool.says}.`, suggest(name, tool.type));
      continue;
    }
    const misfit = misfitOf(spec, type, certain);
    if (misfit !== undefined) findings.error(source, place, `for ${tool.says}: ${misfit.message}`, misfit.suggestion);
    else checkReachable(rule, name, spec, tool, findings);
  }
  if (effect === 'allow' && written.args !== undefined && written.extra_args !== 'allow') {
    checkRequired(rule, written.args, tool, findings);
  }
}

/** A constraint that never holds is an error; a value of a list that is never seen is worth a warning. */
function checkReachable(rule: Rule, name: string, spec: unknown, tool: ToolShape, findings: Findings): void {
  const unreachable = unreachableValues(spec, tool.inputSchema, name);
  if (unreachable === undefined) return;
  const place = [...rule.path, 'args', name];
  const message = `for ${tool.says}: ${unreachable.message}`;
  if (unreachable.all) findings.error(rule.source, place, message, 'Write what it accepts.');
  else findings.warning(rule.source, place, message, 'Remove it.');
}

function checkRequired(rule: Rule, args: object, { inputSchema, says }: ToolShape, findings: Findings): void {
  const required = inputSchema.get('required');
  if (!isJsonArray(required)) return;
  const missing = required.filter((name) => typeof name === 'string' && !Object.hasOwn(args, name));
  if (missing.length === 0) return;
  const names = missing.map((name) => JSON.stringify(name)).join(', ');
  const message = `it can never allow ${says}, which always needs ${names}.`;
  const suggestion = `Add ${names} (for any value: { c: wildcard }), or write extra_args: allow.`;
  findings.errorAtKey(rule.source, [...rule.path, 'args'], message, suggestion);
}

/** The type of an argument; `undefined` when there can be none of that name. */
function typeOfArgument(type: CelType, name: string): CelType | undefined {
  if (type.kind === 'object') return type.fields.get(name)?.type ?? type.rest;
  return type.kind === 'map' ? type.value : { kind: 'dyn' };
}

function suggest(name: string, type: CelType): string | undefined {
  if (type.kind !== 'object') return undefined;
  const known = [...type.fields.keys()];
  const meant = nearest(name, known);
  if (meant !== undefined) return `Did you mean ${JSON.stringify(meant)}?`;
  return known.length === 0 ? 'It has none.' : `It has ${known.slice(0, 8).join(', ')}.`;
}
