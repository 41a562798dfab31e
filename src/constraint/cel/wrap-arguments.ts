import { type Ast, type CallNode, childrenOf, type Expr, type LoopNode } from './ast.ts';
import type { Types } from './check-cel.ts';
import { maxItemsOf } from './cost.ts';
import { DEFAULT_MAX_LENGTH } from './limits.ts';
import { ARITHMETIC, SYMBOLS } from './operators.ts';
import { withoutNull } from './type.ts';

/**
 * Puts the library's tree right for what the checker knows: integers become ints where that matters, and what loops run
 * over and read is held to the sizes that the cost was computed for. Changes the tree in place.
 */
export function wrapArguments(ast: Ast, types: Types, isInLoop = false): void {
  if (ast.kind === 'call') wrapCall(ast, types, isInLoop);
  if (ast.kind === 'loop') wrapRange(ast, types);
  for (const child of childrenOf(ast))
    wrapArguments(child, types, isInLoop || (ast.kind === 'loop' && child !== ast.range));
}

/** Comparisons take numbers of both kinds as they are; everything else wants the kind it was checked for. */
function wrapCall(call: CallNode, types: Types, isInLoop: boolean): void {
  if (SYMBOLS.has(call.name) && !ARITHMETIC.has(call.name)) return;
  const wrap = (arg: Ast, expr: Expr): Expr => {
    const type = withoutNull(types.get(arg) ?? { kind: 'dyn' });
    if (type.kind === 'int' && arg.kind !== 'literal' && arg.kind !== 'call') return callOf('@int', [expr]);
    const isUnbounded = type.kind === 'dyn' || (type.kind === 'string' && type.maxLength === undefined);
    return isInLoop && isUnbounded ? callOf('@text', [expr, intOf(DEFAULT_MAX_LENGTH)]) : expr;
  };
  if (call.target !== undefined && call.source.target !== undefined) {
    call.source.target = wrap(call.target, call.source.target);
  }
  call.source.args = call.source.args.map((expr, index) => {
    const arg = call.args[index];
    return arg === undefined ? expr : wrap(arg, expr);
  });
}

function wrapRange({ range, source }: LoopNode, types: Types): void {
  if (source.iterRange === undefined) return;
  source.iterRange = callOf('@items', [source.iterRange, intOf(maxItemsOf(types.get(range)))]);
}

function callOf(name: string, args: Expr[]): Expr {
  return {
    $typeName: 'cel.expr.Expr',
    id: 0n,
    exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } },
  };
}

function intOf(value: number): Expr {
  return {
    $typeName: 'cel.expr.Expr',
    id: 0n,
    exprKind: {
      case: 'constExpr',
      value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'int64Value', value: BigInt(value) } },
    },
  };
}
