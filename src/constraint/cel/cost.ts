import { type Ast, type CallNode, childrenOf, type LoopNode } from './ast.ts';
import { CelError } from './cel-error.ts';
import { SIGNATURES } from './check-call.ts';
import type { Types } from './check-cel.ts';
import { DEFAULT_MAX_ITEMS, DEFAULT_MAX_LENGTH, MAX_COST } from './limits.ts';
import type { CelType } from './type.ts';

/** Units for a part that takes constant time. */
const STEP = 1;
/** Units for one turn of a loop: a scope, a result that may be an error. */
const TURN = 40;
/** Units for each pair of items that `map` and `filter` join: the library nests the lists it joins. */
const JOIN = 0.125;
/** Characters compared in a unit. */
const COMPARED = 64;

/**
 * An upper bound of what evaluating costs, in units of about 50 ns.
 *
 * A loop costs as often as its range has items: `maxItems` of the schema, else 128, to which it is held when it runs. A
 * function that reads text costs by `maxLength`, else 1 024 characters, to which texts inside loops are held.
 *
 * @throws CelError when it is more than a decision may spend.
 */
export function costOf(ast: Ast, types: Types): number {
  const cost = Math.ceil(new Estimator(types).cost(ast));
  if (cost <= MAX_COST) return cost;
  throw new CelError(
    ast.offset,
    `the expression may cost ${cost} units, more than ${MAX_COST}`,
    'Give maxItems and maxLength in the schema, or loop over less.',
  );
}

/** Most items of a value in a loop. */
export function maxItemsOf(type: CelType | undefined): number {
  switch (type?.kind) {
    case 'list':
    case 'map':
      return type.maxItems ?? DEFAULT_MAX_ITEMS;
    case 'object':
      return type.rest === undefined ? type.fields.size : DEFAULT_MAX_ITEMS;
    default:
      return DEFAULT_MAX_ITEMS;
  }
}

class Estimator {
  readonly #types: Types;

  constructor(types: Types) {
    this.#types = types;
  }

  cost(ast: Ast): number {
    if (ast.kind === 'loop') return this.#loop(ast);
    const parts = childrenOf(ast).reduce((sum, child) => sum + this.cost(child), STEP);
    return ast.kind === 'call' ? parts + this.#call(ast) : parts;
  }

  #loop(loop: LoopNode): number {
    const items = maxItemsOf(this.#types.get(loop.range));
    const turn = TURN + this.cost(loop.body) + (loop.condition === undefined ? 0 : this.cost(loop.condition));
    const joining = loop.macro === 'map' || loop.macro === 'filter' ? items * items * JOIN : 0;
    return this.cost(loop.range) + items * turn + joining;
  }

  #call(call: CallNode): number {
    const args = call.target === undefined ? call.args : [call.target, ...call.args];
    const sizes = args.map((arg) => sizeOf(this.#types.get(arg)));
    const signature = SIGNATURES.get(call.name)?.find(({ parameters }) => parameters.length === args.length);
    // Operators: comparing or joining texts and lists takes time by their size.
    if (signature === undefined) return sizes.reduce((sum, size) => sum + size / COMPARED, STEP);
    return signature.sizeCosts.reduce((sum, perUnit, index) => sum + perUnit * (sizes[index] ?? 0), signature.baseCost);
  }
}

/** Characters or items of a value; composites count what is in them. */
function sizeOf(type: CelType | undefined): number {
  switch (type?.kind) {
    case 'string':
      return type.maxLength ?? DEFAULT_MAX_LENGTH;
    case 'dyn':
      return DEFAULT_MAX_LENGTH;
    case 'list':
      // Comparing stops at the first difference in most texts: an item counts a unit.
      return maxItemsOf(type) * COMPARED;
    case 'map':
    case 'object':
      return maxItemsOf(type);
    case 'nullable':
      return sizeOf(type.type);
    default:
      return 0;
  }
}
