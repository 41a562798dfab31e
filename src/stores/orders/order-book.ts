import type { LimitOrders } from '../../stages/limit/limit-orders.ts';
import type { Stops } from '../../stages/stop/stops.ts';
import type { Order } from './order-document.ts';

/** What operators ordered: what is stopped, and which limits count otherwise for a while. */
export interface OrderBook extends Stops, Disposable {
  readonly limits: LimitOrders;
  /** Those in force here. */
  list(): readonly ListedOrder[];
  /**
   * Puts an order in force. One for a limit replaces the one before.
   *
   * @returns `stored`: it outlives this process, and every instance that shares the store has it within a second. `here`: it is in
   *   force in this process alone, since it cannot be stored now.
   * @throws OrdersFullError when there are too many; nothing is ordered then.
   */
  add(order: Order): Promise<'stored' | 'here'>;
  /**
   * Lifts the order of that id.
   *
   * @returns what was lifted; `undefined` when none has it.
   * @throws what kept it from being stored; it is still in force then.
   */
  lift(id: string): Promise<Order | undefined>;
}

/** An order, and whether it is where it outlives this process. */
export type ListedOrder = Order & { readonly isStored: boolean };

/** As much is ordered as can be remembered. */
export class OrdersFullError extends Error {
  override readonly name = 'OrdersFullError';
}
