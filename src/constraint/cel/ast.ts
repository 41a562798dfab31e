import type { parse } from '@bufbuild/cel';
import { unreachable } from '../../kit/unreachable.ts';

/** The library's own tree, which it evaluates. */
export type Expr = NonNullable<ReturnType<typeof parse>['expr']>;
export type CallExpr = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];
export type ComprehensionExpr = Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value'];

/** A loop over a list's items or a map's keys. */
export type Macro = 'all' | 'exists' | 'exists_one' | 'map' | 'filter';

interface Node {
  /** Where it stands in the source. */
  readonly offset: number;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  /** An operator (`_+_`, `!_`, `@in`), a function (`size`), or one of ours with its dots (`path.under`). */
  readonly name: string;
  /** What a method is called on. */
  readonly target: Ast | undefined;
  readonly args: readonly Ast[];
  /** The library's node, whose arguments may be wrapped. */
  readonly source: CallExpr;
}

export interface LoopNode extends Node {
  readonly kind: 'loop';
  readonly macro: Macro;
  readonly range: Ast;
  readonly variable: string;
  /** The condition of `map(x, condition, …)`. */
  readonly condition: Ast | undefined;
  readonly body: Ast;
  /** The library's node, whose range gets a bound. */
  readonly source: ComprehensionExpr;
}

/** A CEL expression with its macros told apart. */
export type Ast =
  | (Node & { readonly kind: 'literal'; readonly value: null | boolean | bigint | number | string })
  | (Node & { readonly kind: 'name'; readonly name: string })
  | (Node & { readonly kind: 'select' | 'has'; readonly operand: Ast; readonly field: string })
  | (Node & { readonly kind: 'index'; readonly operand: Ast; readonly index: Ast })
  | CallNode
  | (Node & { readonly kind: 'and' | 'or'; readonly left: Ast; readonly right: Ast })
  | (Node & { readonly kind: 'conditional'; readonly condition: Ast; readonly yes: Ast; readonly no: Ast })
  | (Node & { readonly kind: 'list'; readonly items: readonly Ast[] })
  | (Node & { readonly kind: 'map'; readonly entries: readonly (readonly [Ast, Ast])[] })
  | LoopNode;

/** The parts of an expression, one step down. */
export function childrenOf(ast: Ast): readonly Ast[] {
  switch (ast.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'select':
    case 'has':
      return [ast.operand];
    case 'index':
      return [ast.operand, ast.index];
    case 'call':
      return ast.target === undefined ? ast.args : [ast.target, ...ast.args];
    case 'and':
    case 'or':
      return [ast.left, ast.right];
    case 'conditional':
      return [ast.condition, ast.yes, ast.no];
    case 'list':
      return ast.items;
    case 'map':
      return ast.entries.flat();
    case 'loop':
      return ast.condition === undefined ? [ast.range, ast.body] : [ast.range, ast.condition, ast.body];
    default:
      return unreachable(ast);
  }
}
