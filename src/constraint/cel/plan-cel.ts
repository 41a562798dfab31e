import { type CelInput, type CelResult, celEnv, celError, plan } from '@bufbuild/cel';
import type { JsonValue } from '../../kit/json.ts';
import { compileRe2, type Re2 } from '../re2.ts';
import { type Ast, childrenOf, type Expr } from './ast.ts';
import { celFunctions } from './functions.ts';
import { UNKNOWN } from './outcome.ts';

/** Values of the declared variables. One that is bound to `undefined`, or not bound, is unknown. */
export type CelBindings = ReadonlyMap<string, JsonValue | Date | undefined>;

/** The functions without patterns: the same for every expression that has none. */
const COMMON = celEnv({ funcs: celFunctions() });

/**
 * The library's plan of a checked expression, as a function of bindings that converts only the variables it reads. Never throws.
 *
 * JSON objects and arrays are handed over as they are: the library reads `Map`s and arrays in place.
 */
export function planCel(ast: Ast, expr: Expr, reads: readonly string[]): (bindings: CelBindings) => CelResult {
  const patterns = patternsOf(ast);
  const env =
    patterns.size === 0 ? COMMON : celEnv({ funcs: celFunctions(), re2: { compile: (text) => known(patterns, text) } });
  const run = plan(env, expr);
  const names = [...new Set(reads.map((path) => path.split('.', 1)[0] ?? path))];
  return (bindings) => {
    try {
      // Without a prototype: the library looks names up by `object[name]`.
      const variables: Record<string, CelInput> = Object.create(null);
      for (const name of names) variables[name] = inputOf(bindings.get(name));
      return run(variables);
    } catch (error) {
      return celError(error);
    }
  };
}

function inputOf(value: JsonValue | Date | undefined): CelInput {
  if (value === undefined) return UNKNOWN as unknown as CelInput;
  return value instanceof Date ? timestampOf(value) : value;
}

/** `google.protobuf.Timestamp`, as the library's messages are made. */
function timestampOf(date: Date): CelInput {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  return {
    $typeName: 'google.protobuf.Timestamp',
    seconds: BigInt(seconds),
    nanos: (ms - seconds * 1000) * 1e6,
  };
}

/** The patterns of `matches()`, compiled once; the checker lets only literals through. */
function patternsOf(ast: Ast, found = new Map<string, Re2>()): Map<string, Re2> {
  const pattern = ast.kind === 'call' && ast.name === 'matches' ? ast.args[0] : undefined;
  if (pattern?.kind === 'literal' && typeof pattern.value === 'string')
    found.set(pattern.value, compileRe2(pattern.value));
  for (const child of childrenOf(ast)) patternsOf(child, found);
  return found;
}

function known(patterns: ReadonlyMap<string, Re2>, text: string): Re2 {
  const pattern = patterns.get(text);
  if (pattern === undefined) throw new Error('a pattern that was not compiled');
  return pattern;
}
