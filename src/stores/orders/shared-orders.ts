import type { Clock } from '../../kit/clock.ts';
import type { LimitOrders } from '../../stages/limit/limit-orders.ts';
import type { Stop, StopSubject } from '../../stages/stop/stops.ts';
import type { ListedOrder, OrderBook } from './order-book.ts';
import { changed, NO_ORDERS, replaces, type Order, type OrderDocument, unionOf } from './order-document.ts';
import { OrderFile } from './order-file.ts';
import type { OrderStore } from './order-store.ts';

export interface SharedOrdersOptions {
  readonly store: OrderStore;
  /** Absolute path of this instance's copy, in a directory of mode 0700. */
  readonly path: string;
  readonly clock: Clock;
  /** How often the store is read, milliseconds. */
  readonly everyMs: number;
  /** Age of the last reading beyond which nobody can tell what is stopped, milliseconds (DESIGN §11). */
  readonly maxAgeMs: number;
  /** Hears of each reading that failed, and of a copy that could not be written. */
  readonly onError: (cause: unknown) => void;
  /** Hears that another set is in force here, and how many orders are in it. */
  readonly onChange: (orders: number) => void;
}

/** How often a change is tried again when somebody else's came first. */
const MOST_TRIES = 16;

/**
 * What operators ordered, which all instances share. Each has a copy on its disk, with which it starts and from which it heals the store.
 *
 * A version that came of the one known here is taken over. One that did not, or none, means that the store lost what it had
 * (restarted empty, failed over): then what is known here is stored again, together with what others stored meanwhile. So an
 * order is never lost as long as one instance knows it; a lift may be, and is then to be repeated.
 *
 * An order that cannot be stored is in force here at once and is stored as soon as it can be.
 */
export class SharedOrders implements OrderBook {
  readonly #options: SharedOrdersOptions;
  readonly #file: OrderFile;
  readonly #timer: NodeJS.Timeout;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  /** @throws when there is a copy that cannot be read. */
  constructor(options: SharedOrdersOptions) {
    this.#options = options;
    this.#file = new OrderFile(options.path, () => options.clock.nowMs());
    this.#timer = setInterval(() => void this.refresh(), options.everyMs).unref();
  }

  get isKnown(): boolean {
    return this.#options.clock.monotonicMs() - this.#readAtMs <= this.#options.maxAgeMs;
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
    const { document } = this.#file;
    this.#take({ ...document, orders: this.#file.with(order), unsent: [...document.unsent, order.id] });
    try {
      await this.#agree();
      return 'stored';
    } catch (cause) {
      this.#options.onError(cause);
      return 'here';
    }
  }

  async lift(id: string): Promise<Order | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      await this.#agree();
      const known = this.#file.document;
      const lifted = known.orders.find((order) => order.id === id);
      if (lifted === undefined) return undefined;
      const orders = this.#file.lasting(known.orders.filter((order) => order !== lifted));
      const next = changed(orders, known);
      if (!(await this.#options.store.write(next, known.change))) continue;
      this.#take(next);
      return lifted;
    }
    throw new Error(CONTENDED);
  }

  /** Reads the store now, or once more after who reads it already. Never rejects. */
  async refresh(): Promise<void> {
    this.#reading ??= this.#agree()
      .catch((cause: unknown) => this.#options.onError(cause))
      .finally(() => {
        this.#reading = undefined;
      });
    await this.#reading;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Makes this process and the store know the same. @throws what kept it from that. */
  async #agree(): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const known = this.#file.document;
      const read = await this.#options.store.read(known.change);
      // Somebody here changed it meanwhile: what was read may be older.
      if (known !== this.#file.document) continue;
      const agreed = this.#compare(known, read);
      if (agreed.kind === 'write' && !(await this.#options.store.write(agreed.document, agreed.over))) continue;
      if (known !== this.#file.document) continue;
      if (agreed.document !== known) this.#take(agreed.document);
      this.#readAtMs = this.#options.clock.monotonicMs();
      return;
    }
    throw new Error(CONTENDED);
  }

  /** What both should know, and whether the store has yet to be told. */
  #compare(known: OrderDocument, read: OrderDocument | 'unchanged' | undefined): Agreed {
    const theirs = read === 'unchanged' ? known : (read ?? NO_ORDERS);
    const unsent = new Set(known.unsent);
    if (theirs.change === known.change && unsent.size === 0) return { kind: 'keep', document: known };
    const isAhead = replaces(theirs, known);
    if (isAhead && unsent.size === 0) return { kind: 'keep', document: theirs };
    const ours = isAhead ? known.orders.filter(({ id }) => unsent.has(id)) : known.orders;
    const others = replaces(known, theirs) ? [] : theirs.orders;
    const orders = this.#file.lasting(unionOf(others, ours));
    return { kind: 'write', document: changed(orders, known, theirs), over: theirs.change };
  }

  /** Puts a set in force here and keeps a copy. */
  #take(document: OrderDocument): void {
    const { onChange, onError } = this.#options;
    this.#file.enforce(document);
    onChange(document.orders.length);
    try {
      this.#file.save(document);
    } catch (cause) {
      onError(cause);
    }
  }
}

const CONTENDED = 'others give orders all the time';

type Agreed =
  | { readonly kind: 'keep'; readonly document: OrderDocument }
  | { readonly kind: 'write'; readonly document: OrderDocument; readonly over: string };
