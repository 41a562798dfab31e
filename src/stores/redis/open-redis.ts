import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisStoreConfig } from './config.ts';

/** What the configuration names in files, read. */
export interface RedisSecrets {
  readonly password?: string;
  readonly sentinelPassword?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

export interface RedisAddresses extends RedisSecrets {
  readonly config: RedisStoreConfig;
  /** Absolute path of `socket`. */
  readonly socketPath?: string;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Told of what befalls connections. They are made again by themselves. */
  readonly onError: (cause: unknown) => void;
}

/** A connection, or those of a Cluster. It is made at once and again whenever it breaks. */
export type RedisClient = Redis | Cluster;

const RECONNECT_FIRST_MS = 50;
/** With the first question after it, limits are counted again within a second of when Redis can be had. */
const RECONNECT_LONGEST_MS = 500;
/** A connection that says nothing for so long while it is asked is dead, whatever the system thinks of it. */
const SILENT_MS = 2000;
const CONNECT_MS = 2000;

/**
 * Connects to Redis as the configuration says.
 *
 * A question fails at once while there is no connection, and after `timeout_ms` when there is no answer: nothing is queued, sent
 * again or waited for. ioredis does all three by itself; a question that it sent twice would count a call twice.
 */
export function openRedis(addresses: RedisAddresses): RedisClient {
  const { config, onError } = addresses;
  const client = config.cluster === undefined ? openOne(addresses) : openCluster(addresses, config.cluster.nodes);
  client.on('error', onError);
  return client;
}

function openOne(addresses: RedisAddresses): Redis {
  const { config, socketPath, sentinelPassword, tls, random } = addresses;
  const common = { ...connectionOptions(addresses), db: config.database };
  if (config.sentinel !== undefined) {
    const { master, nodes, username } = config.sentinel;
    return new Redis({
      ...common,
      name: master,
      sentinels: nodes.map(hostAndPort),
      sentinelRetryStrategy: reconnectAfter(random),
      // A master that became a replica still answers, and takes nothing: the Sentinels know another one.
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
      ...(tls === undefined ? {} : { sentinelTLS: { ...tls }, enableTLSForSentinelMode: true }),
    });
  }
  if (socketPath !== undefined) return new Redis({ ...common, path: socketPath });
  return new Redis({ ...common, ...hostAndPort(config.address ?? '') });
}

function openCluster(addresses: RedisAddresses, nodes: readonly string[]): Cluster {
  return new Cluster(nodes.map(hostAndPort), {
    redisOptions: connectionOptions(addresses),
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectAfter(addresses.random),
    // A node that comes back is found again; what failed is not asked twice.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    maxRedirections: 3,
  });
}

function connectionOptions({ config, password, tls, random }: RedisAddresses) {
  return {
    replyMapping: 'legacy',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: config.timeout_ms,
    socketTimeout: SILENT_MS,
    connectTimeout: CONNECT_MS,
    retryStrategy: reconnectAfter(random),
    connectionName: 'sallyport',
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  } satisfies RedisOptions;
}

/** Milliseconds until the next try, twice as many each time. Random, so that not all instances come at once. */
function reconnectAfter(random: () => number): (times: number) => number {
  return (times) => {
    const longest = Math.min(RECONNECT_LONGEST_MS, RECONNECT_FIRST_MS * 2 ** Math.min(times, 10));
    return Math.ceil(longest * (0.5 + random() / 2));
  };
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
