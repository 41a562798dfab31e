import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { withinTime } from '../kit/within-time.ts';
import { ConnectionFault } from '../stores/redis/connection-fault.ts';
import { RedisOrders, ordersChannelOf } from '../stores/redis/redis-orders.ts';
import type { RedisStoreConfig } from '../stores/redis/config.ts';
import { SharedOrders } from '../stores/orders/shared-orders.ts';
import { closeRedis, connectRedis, redisReady } from './connect-redis.ts';
import type { OpenLimitsOptions } from './open-limits.ts';
import type { OpenOrders } from './open-orders.ts';

export interface OpenSharedOrdersOptions extends Pick<OpenLimitsOptions, 'pathOf' | 'log'> {
  readonly config: RedisStoreConfig;
  /** Absolute path of this instance's copy. */
  readonly path: string;
}

/** Less than a second, so that a stop is in force within one although nobody is woken. */
const READ_EVERY_MS = 750;
const MAX_AGE_MS = 5000;
/** Longest time the start waits for the first reading. */
const START_MS = 2000;

/**
 * Connects to Redis and follows what operators ordered there: read at each connection and each second; a message only wakes.
 *
 * @throws when a file that the configuration names, or this instance's copy, cannot be read.
 */
export async function openSharedOrders({ config, path, pathOf, log }: OpenSharedOrdersOptions): Promise<OpenOrders> {
  const onError = (cause: unknown): void => log.debug('Redis', { cause: errorOf(cause) });
  const client = await connectRedis({ config, pathOf, onError });
  const listener = await connectRedis({ config, pathOf, onError });
  const connection = new ConnectionFault(client);
  const book = new SharedOrders({
    store: new RedisOrders(client, config.key_prefix),
    path,
    clock: systemClock,
    everyMs: READ_EVERY_MS,
    maxAgeMs: MAX_AGE_MS,
    onError: (cause) =>
      log.warn('what operators ordered cannot be read or stored', { cause: errorOf(connection.behind(cause)) }),
    onChange: (orders) => log.info('what operators ordered has changed', { orders }),
  });
  client.on('ready', () => void book.refresh());
  listener.on('message', () => void book.refresh());
  listener.on('ready', () => void follow());
  await withinTime(
    redisReady(client).then(() => book.refresh()),
    START_MS,
  );
  /** What was ordered before it could be heard of is read then. Whoever cannot be woken still reads each second. */
  async function follow(): Promise<void> {
    await listener.subscribe(ordersChannelOf(config.key_prefix)).catch(() => undefined);
    await book.refresh();
  }
  return {
    book,
    async [Symbol.asyncDispose]() {
      book[Symbol.dispose]();
      listener.disconnect();
      await closeRedis(client, config.timeout_ms);
    },
  };
}
