import { storeSchema, type RedisStoreConfig } from '../../src/stores/redis/config.ts';
import { openRedis, type RedisClient } from '../../src/stores/redis/open-redis.ts';

/** A connection as the product makes it, for as long as a test needs it. */
export interface OpenClient extends Disposable {
  readonly client: RedisClient;
  readonly config: RedisStoreConfig;
}

/** Connects as `store: { kind: redis, … }` says, but for a second in which Redis may answer, and waits until it can be asked. */
export async function openClient(written: object): Promise<OpenClient> {
  const config = storeSchema.parse({ kind: 'redis', timeout_ms: 1000, ...written });
  if (config.kind !== 'redis') throw new TypeError('not redis');
  const socketPath = config.socket === undefined ? {} : { socketPath: config.socket };
  const client = openRedis({ config, ...socketPath, random: Math.random, onError: () => undefined });
  const { promise, resolve } = Promise.withResolvers<void>();
  client.once('ready', () => resolve());
  await promise;
  return { client, config, [Symbol.dispose]: () => client.disconnect() };
}
