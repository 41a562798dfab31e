import { openClient } from '../redis/open-client.ts';
import { type RunningRedis, startRedis } from '../redis/start-redis.ts';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';
import type { ChaosFault, Scene } from './fault.ts';
import { INSTANCES } from './stage.ts';

/** What a store of limits says of itself in every trial. */
export function storeOf(place: string): string {
  return `{ kind: redis, ${place}, instances: ${INSTANCES} }`;
}

/** What a caller of a limit that is closed is told while the store is lost. */
export const LOST = [/^503 limit\.unavailable$/];

/** A Redis that is done something to by whoever can reach it. */
export interface RedisAtHand {
  readonly redis: RunningRedis;
  readonly admin: RedisClient;
  /** A second user of the same Redis. */
  readonly other: RedisClient;
}

interface Deed {
  readonly begin: (at: RedisAtHand) => unknown;
  readonly end: (at: RedisAtHand) => unknown;
}

/** One Redis by its Unix socket. */
export async function redisAlone({ begin, end }: Deed): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const redis = opening.use(await startRedis());
  const admin = opening.use(await openClient({ socket: redis.socket, timeout_ms: 1000 }));
  const other = opening.use(await openClient({ socket: redis.socket, timeout_ms: 1000 }));
  const at = { redis, admin: admin.client, other: other.client };
  const opened = opening.move();
  return {
    store: storeOf(`socket: ${redis.socket}`),
    begin: async () => begin(at),
    end: async () => end(at),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const nothing = (): undefined => undefined;

/** What is done to a Redis that stands alone. */
export const REDIS_FAULTS: readonly ChaosFault[] = [
  {
    id: 'redis-killed',
    what: 'Redis is killed, and started again empty',
    open: () => redisAlone({ begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.restart() }),
    expected: { seen: LOST, burstsAgain: 1 },
  },
  {
    id: 'redis-frozen',
    what: 'Redis is stopped (SIGSTOP), and goes on',
    open: () => redisAlone({ begin: ({ redis }) => redis.freeze(), end: ({ redis }) => redis.thaw() }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-flushed',
    what: 'all that Redis knows is flushed',
    open: () => redisAlone({ begin: ({ admin }) => admin.flushall(), end: nothing }),
    expected: { seen: [/^completed$/], burstsAgain: 1 },
  },
  {
    id: 'redis-scripts-flushed',
    only: 'long',
    what: 'Redis forgets all scripts',
    open: () => redisAlone({ begin: ({ admin }) => admin.script('FLUSH'), end: nothing }),
    expected: { seen: [/^completed$/] },
  },
  {
    id: 'redis-clients-killed',
    what: 'Redis closes all connections once (CLIENT KILL)',
    open: () =>
      redisAlone({
        begin: ({ admin }) => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
        end: nothing,
      }),
    expected: { seen: [/^completed$/] },
  },
  {
    id: 'redis-read-only',
    what: 'Redis becomes a replica, which takes no writes, and a master again',
    open: () =>
      redisAlone({
        begin: ({ admin }) => admin.replicaof('127.0.0.1', 1),
        end: ({ admin }) => admin.replicaof('NO', 'ONE'),
      }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-out-of-memory',
    what: 'Redis has no memory left',
    open: () =>
      redisAlone({
        begin: ({ admin }) => admin.config('SET', 'maxmemory', '1'),
        end: ({ admin }) => admin.config('SET', 'maxmemory', '0'),
      }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-busy',
    what: 'Redis is busy with a script that does not end',
    open: () =>
      redisAlone({
        async begin({ admin, other }) {
          await admin.config('SET', 'busy-reply-threshold', '50');
          // Whoever asks for it does not wait either.
          other.eval('while true do end', 0).catch(nothing);
        },
        end: ({ admin }) => admin.script('KILL'),
      }),
    expected: { seen: LOST },
  },
];
