import type { OrderDocument } from './order-document.ts';

/** The one place for the orders of all instances. All of it rejects when the place cannot be had. */
export interface OrderStore {
  /** What is stored; `unchanged` when that is still what the change `known` made, `undefined` when there is nothing. */
  read(known: string): Promise<OrderDocument | 'unchanged' | undefined>;
  /**
   * Stores a set, unless there is another one than what the change `over` made ('': nothing).
   *
   * @returns whether it did.
   */
  write(document: OrderDocument, over: string): Promise<boolean>;
}
