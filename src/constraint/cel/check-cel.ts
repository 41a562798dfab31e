import { unreachable } from '../../kit/unreachable.ts';
import { codePointCount } from '../code-point-count.ts';
import type { Ast, LoopNode } from './ast.ts';
import { CelError } from './cel-error.ts';
import { checkCall } from './check-call.ts';
import { type Facts, factsWhen, isSet, isThere, memberPath, pathOf } from './facts.ts';
import { MAX_LOOP_NESTING } from './limits.ts';
import { memberOf, unknownName } from './member.ts';
import {
  BOOL,
  type CelField,
  type CelType,
  DOUBLE,
  DYN,
  INT,
  joinTypes,
  listOf,
  NULL,
  sayType,
  STRING,
  stringOf,
  withoutNull,
} from './type.ts';

/** The type of every part of a checked expression. */
export type Types = ReadonlyMap<Ast, CelType>;

/** What is in scope at a place. */
interface Scope {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly facts: Facts;
  /** How many loops are around it. */
  readonly loops: number;
}

/**
 * Checks an expression against the types of its variables.
 *
 * More than CEL's own checker asks for: a member that can be absent must be guarded by `has()` (or `"name" in object`), a
 * value that can be null by `!= null`, on the way that leads to it through `&&`, `||` and `? :`; a comparison that could
 * never be true is an error; a member that no value of the schema has is an error.
 *
 * @throws CelError at the first part that is wrong, with what was probably meant.
 */
export function checkCel(ast: Ast, variables: ReadonlyMap<string, CelType>): Types {
  const checker = new Checker();
  checker.check(ast, { variables, facts: new Set(), loops: 0 });
  return checker.types;
}

class Checker {
  readonly types = new Map<Ast, CelType>();

  check(ast: Ast, scope: Scope): CelType {
    const type = this.#typeOf(ast, scope);
    this.types.set(ast, type);
    return type;
  }

  #typeOf(ast: Ast, scope: Scope): CelType {
    switch (ast.kind) {
      case 'literal':
        return literalType(ast.value);
      case 'name':
        return this.#variable(ast.name, ast.offset, scope);
      case 'select':
        return this.#member(ast, ast.operand, ast.field, scope);
      case 'has':
        this.#has(ast, ast.operand, ast.field, scope);
        return BOOL;
      case 'index':
        return this.#index(ast, ast.operand, ast.index, scope);
      case 'call':
        return checkCall(ast, (arg) => this.#known(arg, this.check(arg, scope), scope));
      case 'and':
      case 'or':
        this.#condition(ast.left, scope);
        this.#condition(ast.right, assuming(scope, ast.left, ast.kind === 'and'));
        return BOOL;
      case 'conditional':
        this.#condition(ast.condition, scope);
        return joinTypes(
          this.check(ast.yes, assuming(scope, ast.condition, true)),
          this.check(ast.no, assuming(scope, ast.condition, false)),
        );
      case 'list':
        return this.#list(ast.items, scope);
      case 'map':
        return this.#map(ast.entries, scope);
      case 'loop':
        return this.#loop(ast, scope);
      default:
        return unreachable(ast);
    }
  }

  #variable(name: string, offset: number, scope: Scope): CelType {
    const type = scope.variables.get(name);
    if (type !== undefined) return type;
    throw unknownName(offset, `unknown variable ${JSON.stringify(name)}`, name, [...scope.variables.keys()]);
  }

  /** The type without null where a condition on the way has ruled null out. */
  #known(ast: Ast, type: CelType, scope: Scope): CelType {
    const path = pathOf(ast);
    return path !== undefined && scope.facts.has(isSet(path)) ? withoutNull(type) : type;
  }

  #condition(ast: Ast, scope: Scope): void {
    const type = this.#known(ast, this.check(ast, scope), scope);
    if (type.kind !== 'bool' && type.kind !== 'dyn')
      throw new CelError(ast.offset, `must be bool, not ${sayType(type)}`);
  }

  #holder(operand: Ast, scope: Scope): CelType {
    const type = this.#known(operand, this.check(operand, scope), scope);
    if (type.kind !== 'nullable') return type;
    const path = pathOf(operand);
    throw new CelError(operand.offset, `${path ?? 'this'} can be null`, path && `Guard it: ${path} != null && …`);
  }

  #member(ast: Ast, operand: Ast, field: string, scope: Scope): CelType {
    const holder = this.#holder(operand, scope);
    if (holder.kind === 'dyn') return DYN;
    const found = memberOf(holder, field, ast.offset, pathOf(operand));
    if (found.required) return found.type;
    const path = memberPath(operand, field);
    if (path !== undefined && scope.facts.has(isThere(path))) return found.type;
    const guard = path?.includes('[') === true ? `${JSON.stringify(field)} in ${pathOf(operand)}` : `has(${path})`;
    throw new CelError(ast.offset, `${path ?? field} can be absent`, path && `Guard it: ${guard} && …`);
  }

  #has(ast: Ast, operand: Ast, field: string, scope: Scope): void {
    const holder = this.#holder(operand, scope);
    if (holder.kind !== 'dyn') memberOf(holder, field, ast.offset, pathOf(operand));
  }

  #index(ast: Ast, operand: Ast, index: Ast, scope: Scope): CelType {
    if (index.kind === 'literal' && typeof index.value === 'string') {
      this.types.set(index, STRING);
      return this.#member(ast, operand, index.value, scope);
    }
    const holder = this.#holder(operand, scope);
    const key = this.#known(index, this.check(index, scope), scope);
    if (holder.kind === 'dyn') return DYN;
    const wanted = holder.kind === 'list' ? 'int' : 'string';
    if (key.kind !== wanted && key.kind !== 'dyn') {
      throw new CelError(index.offset, `the index of ${sayType(holder)} must be ${wanted}, not ${sayType(key)}`);
    }
    if (holder.kind === 'list') return holder.element;
    if (holder.kind === 'map') return holder.value;
    if (holder.kind === 'object') return DYN;
    throw new CelError(ast.offset, `${sayType(holder)} has no members`);
  }

  #list(items: readonly Ast[], scope: Scope): CelType {
    const types = items.map((item) => this.check(item, scope));
    return listOf(types.length === 0 ? DYN : types.reduce(joinTypes), items.length);
  }

  /** A map of literal keys is an object of these members. */
  #map(entries: readonly (readonly [Ast, Ast])[], scope: Scope): CelType {
    const fields = new Map<string, CelField>();
    for (const [key, value] of entries) {
      const type = this.check(key, scope);
      if (type.kind !== 'string' && type.kind !== 'dyn') throw new CelError(key.offset, 'a map key must be a string');
      const member = this.check(value, scope);
      if (key.kind === 'literal') fields.set(String(key.value), { type: member, required: true });
    }
    return fields.size === entries.length ? { kind: 'object', fields } : { kind: 'object', fields, rest: DYN };
  }

  #loop(loop: LoopNode, scope: Scope): CelType {
    if (scope.loops >= MAX_LOOP_NESTING) {
      throw new CelError(loop.offset, `loops nest at most ${MAX_LOOP_NESTING} deep`);
    }
    if (scope.variables.has(loop.variable)) {
      throw new CelError(loop.offset, `${loop.variable} is a variable already`, 'Choose another name for the item.');
    }
    const element = elementType(this.#holder(loop.range, scope), loop.range.offset);
    const variables = new Map(scope.variables).set(loop.variable, element);
    const outer = { variables, facts: scope.facts, loops: scope.loops + 1 };
    if (loop.condition !== undefined) this.#condition(loop.condition, outer);
    const inner = loop.condition === undefined ? outer : assuming(outer, loop.condition, true);
    if (loop.macro === 'map') return listOf(this.check(loop.body, inner), sizeOf(this.types.get(loop.range)));
    this.#condition(loop.body, inner);
    return loop.macro === 'filter' ? listOf(element, sizeOf(this.types.get(loop.range))) : BOOL;
  }
}

function literalType(value: null | boolean | bigint | number | string): CelType {
  if (value === null) return NULL;
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    default:
      return stringOf(codePointCount(value));
  }
}

/** The scope where `condition` has turned out as `truth`. */
function assuming(scope: Scope, condition: Ast, truth: boolean): Scope {
  const more = factsWhen(condition, truth);
  return more.length === 0 ? scope : { ...scope, facts: new Set([...scope.facts, ...more]) };
}

/** What a loop's variable is: an item of a list, a key of a map. */
function elementType(range: CelType, offset: number): CelType {
  if (range.kind === 'dyn') return DYN;
  if (range.kind === 'list') return range.element;
  if (range.kind === 'map' || range.kind === 'object') return STRING;
  throw new CelError(offset, `a loop runs over a list or a map, not ${sayType(range)}`);
}

function sizeOf(range: CelType | undefined): number | undefined {
  return range?.kind === 'list' ? range.maxItems : undefined;
}
