import type { CountSpec, Price, ReplyPrice } from './count-spec.ts';
import { type CountedBy, type LimitSurroundings, placeOf, whenStoreLostOf } from './limit-template.ts';
import type { WrittenPrice, WrittenRule } from './policy-file.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule } from './rule.ts';

/** Something that a rule counts beyond rates, before it is known who calls. */
export interface CountTemplate {
  readonly kind: CountSpec['kind'];
  readonly most: number;
  /** Sorted, without repeats. */
  readonly by: readonly CountedBy[];
  readonly unit: string | undefined;
  readonly lastsMs: number;
  /** What the rule says; by the effects of the tool when it says nothing. */
  readonly whenStoreLost: CountSpec['whenStoreLost'] | undefined;
}

/** What a written rule counts. */
export function countTemplatesOf({ limit, budget }: WrittenRule): readonly CountTemplate[] {
  const templates: CountTemplate[] = [];
  if (limit?.concurrent !== undefined) {
    const { concurrent: most, by, when_store_lost: whenStoreLost } = limit;
    templates.push({ kind: 'concurrent', most, by: inOrder(by), unit: undefined, lastsMs: 0, whenStoreLost });
  }
  const { calls, cost, unit, by = [], renews_after_s: renewsAfterS = 0 } = budget ?? {};
  // What was used up is known to the store alone: without it nobody can tell.
  const rest = { by: inOrder(by), lastsMs: renewsAfterS * 1000, whenStoreLost: 'closed' } as const;
  if (calls !== undefined) templates.push({ kind: 'calls', most: calls, unit: undefined, ...rest });
  if (cost !== undefined) templates.push({ kind: 'cost', most: cost, unit, ...rest });
  return templates;
}

/** The price that a written rule says, if it does. */
export function priceOf({ id, price }: WrittenRule): { readonly price?: Price } {
  if (price === undefined) return {};
  const { cost: estimate, unit } = price;
  const reply = replyPriceOf(price);
  return { price: { name: id, unit, estimate, ...(reply === undefined ? {} : { reply }) } };
}

/** The count of a rule for one call; what a cost takes is not known yet. */
export function countSpecOf(
  { id, message }: Rule,
  template: CountTemplate,
  input: PolicyInput,
  surroundings: LimitSurroundings,
): CountSpec {
  const { kind, most, by, unit, lastsMs } = template;
  return {
    kind,
    name: id,
    ...placeOf(unit === undefined ? [id] : [id, unit], by, input, surroundings),
    most,
    amount: kind === 'cost' ? 0 : 1,
    of: 'rule',
    lastsMs,
    sinceMs: by.some((part) => part === 'token' || part === 'lineage') ? issuedAtMs(input) : undefined,
    whenStoreLost: whenStoreLostOf(template, input),
    ...(unit === undefined ? {} : { unit }),
    ...(message === undefined ? {} : { message }),
  };
}

/** A token that was issued after the store was made ready has used up nothing before. */
function issuedAtMs({ token }: PolicyInput): number | undefined {
  const issuedAtS = token?.get('iat');
  return typeof issuedAtS === 'number' ? issuedAtS * 1000 : undefined;
}

function replyPriceOf({ reply, meta }: WrittenPrice): ReplyPrice | undefined {
  if (reply !== undefined) return { kind: 'result', pointer: reply };
  return meta === undefined ? undefined : { kind: 'meta', member: meta };
}

function inOrder(by: readonly CountedBy[]): readonly CountedBy[] {
  return [...new Set(by)].toSorted();
}
