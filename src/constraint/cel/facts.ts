import type { Ast } from './ast.ts';

/** What is known at a place because of the conditions that lead to it: `has args.limit`, `set args.owner` (not null). */
export type Facts = ReadonlySet<string>;

/** The path that an expression names, such as `args.path`; `undefined` for anything that is not a path of names. */
export function pathOf(ast: Ast): string | undefined {
  if (ast.kind === 'name') return ast.name;
  if (ast.kind === 'select') return memberPath(ast.operand, ast.field);
  if (ast.kind !== 'index' || ast.index.kind !== 'literal' || typeof ast.index.value !== 'string') return undefined;
  return memberPath(ast.operand, ast.index.value);
}

/** The path of a member of what `operand` names. Members with odd names are quoted, so paths stay unambiguous. */
export function memberPath(operand: Ast, field: string): string | undefined {
  const path = pathOf(operand);
  if (path === undefined) return undefined;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? `${path}.${field}` : `${path}[${JSON.stringify(field)}]`;
}

/** The fact that the member at `path` is there. */
export function isThere(path: string): string {
  return `has ${path}`;
}

/** The fact that the value at `path` is not null. */
export function isSet(path: string): string {
  return `set ${path}`;
}

/** What holds when `ast` evaluates to `truth`. Nothing is known of an expression that fails. */
export function factsWhen(ast: Ast, truth: boolean): readonly string[] {
  switch (ast.kind) {
    case 'has':
      return truth ? fact(isThere, memberPath(ast.operand, ast.field)) : [];
    case 'and':
      return truth ? [...factsWhen(ast.left, true), ...factsWhen(ast.right, true)] : [];
    case 'or':
      return truth ? [] : [...factsWhen(ast.left, false), ...factsWhen(ast.right, false)];
    case 'call':
      return factsOfCall(ast.name, ast.args, truth);
    default:
      return [];
  }
}

function factsOfCall(name: string, args: readonly Ast[], truth: boolean): readonly string[] {
  const [first, second] = args;
  if (first === undefined) return [];
  if (name === '!_') return factsWhen(first, !truth);
  if (second === undefined) return [];
  const isComparison = name === '_!=_' || name === '_==_';
  if (isComparison && (name === '_!=_') === truth) return fact(isSet, comparedWithNull(first, second));
  if (name !== '@in' || !truth || first.kind !== 'literal' || typeof first.value !== 'string') return [];
  return fact(isThere, memberPath(second, first.value));
}

function comparedWithNull(first: Ast, second: Ast): string | undefined {
  if (second.kind === 'literal' && second.value === null) return pathOf(first);
  return first.kind === 'literal' && first.value === null ? pathOf(second) : undefined;
}

function fact(make: (path: string) => string, path: string | undefined): readonly string[] {
  return path === undefined ? [] : [make(path)];
}
