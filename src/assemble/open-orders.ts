import { join } from 'node:path';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import type { OrderBook } from '../stores/orders/order-book.ts';
import { OwnOrders } from '../stores/orders/own-orders.ts';
import type { OpenLimitsOptions } from './open-limits.ts';

export interface OpenOrdersOptions extends OpenLimitsOptions {
  /** Absolute path. */
  readonly stateDir: string;
}

/** What operators ordered, for as long as the process serves. */
export interface OpenOrders extends AsyncDisposable {
  readonly book: OrderBook;
}

/**
 * Opens what operators ordered, in the store that the configuration names and in the state directory.
 *
 * @throws when what was kept there cannot be read: a service must then not start.
 */
export async function openOrders(options: OpenOrdersOptions): Promise<OpenOrders> {
  const opened = await openBook(options);
  const { book } = opened;
  options.metrics.watchStops(() => ({
    count: book.list().filter(({ kind }) => kind !== 'limit').length,
    isKnown: book.isKnown,
  }));
  return opened;
}

async function openBook({ config, stateDir, ...options }: OpenOrdersOptions): Promise<OpenOrders> {
  const path = join(stateDir, 'orders.json');
  if (config.store.kind === 'redis') {
    const { openSharedOrders } = await import('./open-shared-orders.ts');
    return await openSharedOrders({ ...options, config: config.store, path });
  }
  const onError = (cause: unknown): void =>
    options.log.error('an order is in force and could not be stored', { cause: errorOf(cause) });
  const book = new OwnOrders({ path, nowMs: () => systemClock.nowMs(), onError });
  return { book, [Symbol.asyncDispose]: () => Promise.resolve() };
}
