import { parse } from '@bufbuild/cel';
import { type Ast, type CallExpr, type ComprehensionExpr, childrenOf, type Expr } from './ast.ts';
import { CelError } from './cel-error.ts';
import { loopParts, macroNamed } from './macro.ts';
import { MAX_DEPTH, MAX_NODES, MAX_SOURCE_LENGTH } from './limits.ts';

/** An expression as we check it and as the library evaluates it. */
export interface ParsedCel {
  readonly ast: Ast;
  readonly expr: Expr;
}

/**
 * Parses CEL source (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax).
 *
 * `isFunction` says whether a dotted name is one of ours: `path.under(…)` is then no method of a variable `path`.
 * Unsigned integers, bytes and messages do not exist in JSON and are refused.
 *
 * @throws CelError
 */
export function parseCel(source: string, isFunction: (name: string) => boolean): ParsedCel {
  if (source.length > MAX_SOURCE_LENGTH)
    throw new CelError(0, `the expression is longer than ${MAX_SOURCE_LENGTH} characters`);
  const { expr, sourceInfo } = parseSource(source);
  if (expr === undefined || sourceInfo === undefined) throw new CelError(0, 'the expression is empty');
  const ast = new Reader(sourceInfo, isFunction).read(expr, 0);
  countNodes(ast);
  return { ast, expr };
}

function parseSource(source: string): ReturnType<typeof parse> {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof RangeError) throw new CelError(0, 'the expression is nested too deeply');
    throw syntaxError(error);
  }
}

function syntaxError(error: unknown): CelError {
  const { rawMessage, location } = error as { rawMessage?: unknown; location?: { start?: { offset?: unknown } } };
  const message =
    typeof rawMessage === 'string' ? rawMessage : error instanceof Error ? error.message : 'cannot be read';
  const offset = location?.start?.offset;
  return new CelError(typeof offset === 'number' ? offset : 0, `syntax error: ${message}`);
}

function countNodes(root: Ast): void {
  const open = [root];
  let count = 0;
  for (let ast = open.pop(); ast !== undefined; ast = open.pop()) {
    if (++count > MAX_NODES) throw new CelError(ast.offset, `the expression has more than ${MAX_NODES} parts`);
    open.push(...childrenOf(ast));
  }
}

type SourceInfo = NonNullable<ReturnType<typeof parse>['sourceInfo']>;

class Reader {
  readonly #info: SourceInfo;
  readonly #isFunction: (name: string) => boolean;

  constructor(info: SourceInfo, isFunction: (name: string) => boolean) {
    this.#info = info;
    this.#isFunction = isFunction;
  }

  read(expr: Expr | undefined, depth: number): Ast {
    if (expr === undefined) throw new CelError(0, 'the expression cannot be read');
    const offset = this.#info.positions[expr.id.toString()] ?? 0;
    if (depth > MAX_DEPTH) throw new CelError(offset, `the expression is nested more than ${MAX_DEPTH} deep`);
    const { exprKind } = expr;
    switch (exprKind.case) {
      case 'constExpr':
        return { kind: 'literal', offset, value: readConstant(exprKind.value.constantKind, offset) };
      case 'identExpr':
        return { kind: 'name', offset, name: exprKind.value.name };
      case 'selectExpr': {
        const { testOnly, operand, field } = exprKind.value;
        return { kind: testOnly ? 'has' : 'select', offset, operand: this.read(operand, depth + 1), field };
      }
      case 'callExpr':
        return this.#call(exprKind.value, offset, depth);
      case 'listExpr':
        return { kind: 'list', offset, items: exprKind.value.elements.map((item) => this.read(item, depth + 1)) };
      case 'structExpr':
        return this.#map(exprKind.value, offset, depth);
      case 'comprehensionExpr':
        return this.#loop(exprKind.value, expr.id.toString(), offset, depth);
      default:
        throw new CelError(offset, 'this form of expression is not supported');
    }
  }

  #call(source: CallExpr, offset: number, depth: number): Ast {
    const qualified = source.target === undefined ? undefined : qualifiedName(source.target);
    const name = qualified === undefined ? source.function : `${qualified}.${source.function}`;
    const isOurs = qualified !== undefined && this.#isFunction(name);
    const args = source.args.map((arg) => this.read(arg, depth + 1));
    const [first, second, third] = args;
    if (source.target === undefined && first !== undefined && second !== undefined) {
      if (source.function === '_&&_') return { kind: 'and', offset, left: first, right: second };
      if (source.function === '_||_') return { kind: 'or', offset, left: first, right: second };
      if (source.function === '_[_]') return { kind: 'index', offset, operand: first, index: second };
      if (source.function === '_?_:_' && third !== undefined) {
        return { kind: 'conditional', offset, condition: first, yes: second, no: third };
      }
    }
    if (isOurs) return { kind: 'call', offset, name, target: undefined, args, source };
    const target = source.target === undefined ? undefined : this.read(source.target, depth + 1);
    return { kind: 'call', offset, name: source.function, target, args, source };
  }

  #map(source: Extract<Expr['exprKind'], { case: 'structExpr' }>['value'], offset: number, depth: number): Ast {
    if (source.messageName !== '') throw new CelError(offset, 'messages are not supported: JSON has none');
    const entries = source.entries.map(({ keyKind, value }): [Ast, Ast] => {
      if (keyKind.case !== 'mapKey') throw new CelError(offset, 'a map entry needs a key');
      return [this.read(keyKind.value, depth + 1), this.read(value, depth + 1)];
    });
    return { kind: 'map', offset, entries };
  }

  #loop(source: ComprehensionExpr, id: string, offset: number, depth: number): Ast {
    const call = this.#info.macroCalls[id]?.exprKind;
    const macro = call?.case === 'callExpr' ? macroNamed(call.value.function) : undefined;
    const parts = macro === undefined ? undefined : loopParts(macro, source);
    if (macro === undefined || parts === undefined) throw new CelError(offset, 'this form of loop is not supported');
    return {
      kind: 'loop',
      offset,
      macro,
      range: this.read(source.iterRange, depth + 1),
      variable: source.iterVar,
      condition: parts.condition === undefined ? undefined : this.read(parts.condition, depth + 1),
      body: this.read(parts.body, depth + 1),
      source,
    };
  }
}

/** `a.b.c` as text, if the expression is only names. */
function qualifiedName({ exprKind }: Expr): string | undefined {
  if (exprKind.case === 'identExpr') return exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.testOnly || exprKind.value.operand === undefined)
    return undefined;
  const parent = qualifiedName(exprKind.value.operand);
  return parent === undefined ? undefined : `${parent}.${exprKind.value.field}`;
}

type Constant = Extract<Expr['exprKind'], { case: 'constExpr' }>['value']['constantKind'];

function readConstant(constant: Constant, offset: number): null | boolean | bigint | number | string {
  switch (constant.case) {
    case 'nullValue':
      return null;
    case 'int64Value':
      if (BigInt.asIntN(64, constant.value) === constant.value) return constant.value;
      throw new CelError(offset, 'the number does not fit into 64 bits');
    case 'boolValue':
    case 'doubleValue':
    case 'stringValue':
      return constant.value;
    default:
      throw new CelError(offset, 'unsigned numbers and bytes are not supported: JSON has none');
  }
}
