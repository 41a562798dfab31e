import type { Found } from '../../decision/verdict.ts';
import type { LimitedRuling } from '../facts.ts';
import type { LimitOrders } from './limit-orders.ts';

/** What the rules found, with the limits as operators ordered that they count for now. */
export function asOrdered(ruling: Found<LimitedRuling>, orders: Pick<LimitOrders, 'changed'>): Found<LimitedRuling> {
  if (ruling.kind !== 'found') return ruling;
  const { limitSpecs } = ruling.value;
  const changed = orders.changed(limitSpecs);
  return changed === limitSpecs ? ruling : { kind: 'found', value: { ...ruling.value, limitSpecs: changed } };
}
