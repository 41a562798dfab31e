import type { LimitOrders } from '../../stages/limit/limit-orders.ts';
import type { Stop, StopSubject } from '../../stages/stop/stops.ts';
import type { ListedOrder, OrderBook } from './order-book.ts';
import { changed, type Order } from './order-document.ts';
import { OrderFile } from './order-file.ts';

export interface OwnOrdersOptions {
  /** Absolute path of the file, in a directory of mode 0700. */
  readonly path: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Hears that an order is in force and could not be stored. */
  readonly onError: (cause: unknown) => void;
}

/** What operators ordered of one process, in its state directory. */
export class OwnOrders implements OrderBook {
  readonly isKnown = true;
  readonly #file: OrderFile;
  readonly #onError: (cause: unknown) => void;

  /** @throws when there is a file that cannot be read. */
  constructor({ path, nowMs, onError }: OwnOrdersOptions) {
    this.#file = new OrderFile(path, nowMs);
    this.#onError = onError;
  }

  get limits(): LimitOrders {
    return this.#file.limits;
  }

  find(subject: StopSubject): Stop | undefined {
    return this.#file.stops.find(subject);
  }

  watch(subject: StopSubject, act: (stop: Stop) => void): () => void {
    return this.#file.stops.watch(subject, act);
  }

  list(): readonly ListedOrder[] {
    return this.#file.list();
  }

  async add(order: Order): Promise<'stored' | 'here'> {
    const next = changed(this.#file.with(order), this.#file.document);
    // In force first: what cannot be written must not keep it from that.
    this.#file.enforce({ ...next, unsent: [...this.#file.document.unsent, order.id] });
    try {
      this.#file.save(next);
    } catch (cause) {
      this.#onError(cause);
      return 'here';
    }
    this.#file.enforce(next);
    return 'stored';
  }

  async lift(id: string): Promise<Order | undefined> {
    const { document } = this.#file;
    const lifted = document.orders.find((order) => order.id === id);
    if (lifted === undefined) return undefined;
    const next = changed(this.#file.lasting(document.orders.filter((order) => order !== lifted)), document);
    this.#file.save(next);
    this.#file.enforce(next);
    return lifted;
  }

  [Symbol.dispose](): void {}
}
