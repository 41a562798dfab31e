import { type Ast, childrenOf } from './ast.ts';

/**
 * The dotted paths that an expression reads, variable first: `args.path`, `principal.spiffe`, or a whole variable.
 *
 * A path ends before an index and before a member whose name is no identifier: what is read is then all of what holds it.
 */
export function readsOf(ast: Ast): readonly string[] {
  const reads = new Set<string>();
  collect(ast, new Set(), reads);
  return [...reads].toSorted();
}

function collect(ast: Ast, locals: ReadonlySet<string>, reads: Set<string>): void {
  const path = readPath(ast);
  if (path !== undefined) {
    const variable = path.split('.', 1)[0] ?? path;
    if (!locals.has(variable)) reads.add(path);
    return;
  }
  if (ast.kind !== 'loop') {
    for (const child of childrenOf(ast)) collect(child, locals, reads);
    return;
  }
  collect(ast.range, locals, reads);
  const inner = new Set(locals).add(ast.variable);
  if (ast.condition !== undefined) collect(ast.condition, inner, reads);
  collect(ast.body, inner, reads);
}

function readPath(ast: Ast): string | undefined {
  if (ast.kind === 'name') return ast.name;
  const field = fieldOf(ast);
  const holder = field === undefined || !('operand' in ast) ? undefined : readPath(ast.operand);
  return holder === undefined ? undefined : `${holder}.${field}`;
}

/** The member that is read, if it is one whose name can stand in a dotted path. */
function fieldOf(ast: Ast): string | undefined {
  if (ast.kind === 'select' || ast.kind === 'has') return ast.field;
  if (ast.kind !== 'index' || ast.index.kind !== 'literal' || typeof ast.index.value !== 'string') return undefined;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(ast.index.value) ? ast.index.value : undefined;
}
