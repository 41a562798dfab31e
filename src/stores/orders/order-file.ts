import { readFileSync, renameSync } from 'node:fs';
import { codeOf } from '../../kit/cause.ts';
import { writeDurably } from '../../kit/write-durably.ts';
import { type LimitOrder, LimitOrders } from '../../stages/limit/limit-orders.ts';
import type { Stop } from '../../stages/stop/stops.ts';
import { type ListedOrder, OrdersFullError } from './order-book.ts';
import {
  hasRoomFor,
  isWritable,
  NO_ORDERS,
  type Order,
  type OrderDocument,
  readOrders,
  writeOrders,
} from './order-document.ts';
import { StopSet } from './stop-set.ts';

/** The orders that are in force in this process, and their copy on the disk: a restart begins with it. */
export class OrderFile {
  readonly stops: StopSet;
  readonly limits: LimitOrders;
  readonly #path: string;
  readonly #nowMs: () => number;
  #document: OrderDocument;

  /**
   * Puts what the file at `path` holds in force; nothing when there is no file.
   *
   * @param nowMs Wall clock, milliseconds since the epoch.
   * @throws when it is there and cannot be read: a set of stops that was kept is never taken as empty.
   */
  constructor(path: string, nowMs: () => number) {
    this.#path = path;
    this.#nowMs = nowMs;
    this.#document = readFrom(path);
    this.stops = new StopSet(nowMs);
    this.limits = new LimitOrders(nowMs);
    this.enforce(this.#document);
  }

  get document(): OrderDocument {
    return this.#document;
  }

  /** Those that have not ended, and one more instead of what it replaces. @throws OrdersFullError */
  with(order: Order): readonly Order[] {
    const isReplaced = ({ kind, name }: Order): boolean =>
      kind === 'limit' && order.kind === 'limit' && name === order.name;
    const lasting = this.lasting(this.#document.orders).filter((one) => !isReplaced(one));
    const orders = [...lasting, order];
    if (hasRoomFor(order.kind, lasting) && isWritable(orders)) return orders;
    throw new OrdersFullError(`there are ${lasting.length} orders already, as much as can be kept: lift some`);
  }

  /** The orders that have not ended. */
  lasting(orders: readonly Order[]): readonly Order[] {
    const nowMs = this.#nowMs();
    return orders.filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs);
  }

  list(): readonly ListedOrder[] {
    const unsent = new Set(this.#document.unsent);
    return this.lasting(this.#document.orders).map((order) => ({ ...order, isStored: !unsent.has(order.id) }));
  }

  /** Puts a set in force in this process. */
  enforce(document: OrderDocument): void {
    this.#document = document;
    this.limits.replace(document.orders.filter((order): order is LimitOrder => order.kind === 'limit'));
    this.stops.replace(document.orders.filter((order): order is Stop => order.kind !== 'limit'));
  }

  /** Writes a set to the disk. @throws what the file system said. */
  save(document: OrderDocument): void {
    writeDurably(`${this.#path}.next`, writeOrders(document));
    renameSync(`${this.#path}.next`, this.#path);
  }
}

function readFrom(path: string): OrderDocument {
  try {
    return readOrders(readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return NO_ORDERS;
    throw new Error(`${path}: what operators ordered cannot be read`, { cause: error });
  }
}
