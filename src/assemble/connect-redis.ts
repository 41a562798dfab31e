import { readFile } from 'node:fs/promises';
import { withinTime } from '../kit/within-time.ts';
import type { RedisStoreConfig } from '../stores/redis/config.ts';
import { openRedis, type RedisClient, type RedisSecrets } from '../stores/redis/open-redis.ts';

export interface ConnectRedisOptions {
  readonly config: RedisStoreConfig;
  /** The absolute path of one that the configuration names. */
  readonly pathOf: (path: string) => string;
  /** Told of what befalls connections. They are made again by themselves. */
  readonly onError: (cause: unknown) => void;
}

/**
 * Connects to the Redis that a configuration names.
 *
 * @throws Error when a file that the configuration names cannot be read.
 */
export async function connectRedis({ config, pathOf, onError }: ConnectRedisOptions): Promise<RedisClient> {
  return openRedis({
    config,
    ...(config.socket === undefined ? {} : { socketPath: pathOf(config.socket) }),
    ...(await readSecrets(config, pathOf)),
    random: Math.random,
    onError,
  });
}

/** Resolves when it can be asked. */
export async function redisReady(client: RedisClient): Promise<void> {
  if (client.status === 'ready') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  client.once('ready', () => resolve());
  await promise;
}

/** Closes it. Lets answers that are under way arrive: what was given back last should not be lost. */
export async function closeRedis(client: RedisClient, timeoutMs: number): Promise<void> {
  await withinTime(
    client.quit().catch(() => undefined),
    timeoutMs,
  );
  client.disconnect();
}

async function readSecrets(config: RedisStoreConfig, pathOf: (path: string) => string): Promise<RedisSecrets> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : await readFile(pathOf(path), 'utf8');
  const password = (await read(config.password_file))?.trimEnd();
  const sentinelPassword = (await read(config.sentinel?.password_file))?.trimEnd();
  const [ca, cert, key] = [
    await read(config.tls?.ca),
    await read(config.tls?.certificate),
    await read(config.tls?.key),
  ];
  return {
    ...(password === undefined ? {} : { password }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(config.tls === undefined
      ? {}
      : {
          tls: {
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          },
        }),
  };
}
