import type { ComprehensionExpr, Expr, Macro } from './ast.ts';

const MACROS: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ['all', 'all'],
  ['exists', 'exists'],
  ['exists_one', 'exists_one'],
  ['existsOne', 'exists_one'],
  ['map', 'map'],
  ['filter', 'filter'],
]);

/** The loop that a method of this name is. */
export function macroNamed(name: string): Macro | undefined {
  return MACROS.get(name);
}

/** What the author wrote, out of the loop that the parser made of it. */
export function loopParts(
  macro: Macro,
  { loopStep }: ComprehensionExpr,
): { condition?: Expr; body?: Expr } | undefined {
  const step = argsOf(loopStep);
  // `@result || body`, `@result && body`; `body ? … : @result`; `@result + [body]` or `condition ? @result + [body] : @result`.
  if (macro === 'all' || macro === 'exists') return bodyOnly(step?.[1]);
  if (macro === 'filter' || macro === 'exists_one') return bodyOnly(step?.[0]);
  const hasCondition = step?.length === 3;
  const added = (hasCondition ? argsOf(step[1]) : step)?.[1]?.exprKind;
  const body = added?.case === 'listExpr' ? added.value.elements[0] : undefined;
  return hasCondition && step[0] !== undefined && body !== undefined ? { condition: step[0], body } : bodyOnly(body);
}

function bodyOnly(body: Expr | undefined): { body: Expr } | undefined {
  return body === undefined ? undefined : { body };
}

function argsOf(expr: Expr | undefined): readonly Expr[] | undefined {
  return expr?.exprKind.case === 'callExpr' ? expr.exprKind.value.args : undefined;
}
