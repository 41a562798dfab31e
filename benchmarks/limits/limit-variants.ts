import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { systemClock } from '../../src/kit/clock.ts';
import type { LimitSpec, LimitStore } from '../../src/stages/limit/limit-store.ts';
import { MemoryTokenBuckets } from '../../src/stores/memory/token-buckets.ts';
import type { RedisClient } from '../../src/stores/redis/open-redis.ts';
import { RedisTokenBuckets } from '../../src/stores/redis/redis-token-buckets.ts';
import { LeasedLimits } from '../../src/stores/shared-limits/leased-limits.ts';
import { ONE, SCOPES, SECONDS, TWELVE, UNITS } from './bucket-shape.ts';
import type { RunningRatelimit } from './envoy-ratelimit.ts';

/** One way to count a call. */
export interface LimitVariant {
  readonly name: VariantName;
  readonly buckets: number;
  /** Calls in progress at once. */
  readonly atOnce: number;
  /** Part of the calls of a round that this one gets: what is dear gets fewer. */
  readonly share: number;
  /** Commands by which it asks Redis. */
  readonly questions: readonly string[];
  /** Counts one call. @throws when it may not be made. */
  take(): unknown;
  /** The process that serves it; left out: it is part of the caller's. */
  readonly servicePid?: number;
}

export const OURS = {
  one: 'Sallyport, Redis, 1 × 1',
  twelve: 'Sallyport, Redis, 3 × 4',
  direct: 'Sallyport, Redis, 3 × 4, asked for each call',
  leased: 'Sallyport, Redis, 3 × 4, leases of 10',
  memory: 'Sallyport, in memory, 3 × 4',
} as const;
export const PEERS = {
  flexible: 'rate-limiter-flexible, Redis, union of 12',
  envoy: "Envoy's ratelimit service, Redis, 12 descriptors",
} as const;
export type VariantName = (typeof OURS)[keyof typeof OURS] | (typeof PEERS)[keyof typeof PEERS];

const AT_ONCE = 64;
const LEASE = 10;
const MANY_POINTS = 1_000_000_000;
const CAPACITY = 1000;
const SCRIPTS = ['eval', 'evalsha'];

/** All ways to count on one Redis; `ratelimit` where it could be had. */
export function limitVariants(client: RedisClient, ratelimit: RunningRatelimit | undefined): readonly LimitVariant[] {
  const shared = new RedisTokenBuckets({ client, prefix: 'bench', isCluster: false });
  const leased = (size: number): LimitStore =>
    new LeasedLimits({ shared, clock: systemClock, sizeOf: () => size, capacity: CAPACITY });
  const memory = new MemoryTokenBuckets(CAPACITY, systemClock);
  const own = (name: VariantName, store: LimitStore, limits: readonly LimitSpec[], buckets: number): LimitVariant => ({
    name,
    buckets,
    atOnce: AT_ONCE,
    share: 1,
    questions: SCRIPTS,
    async take() {
      mustBeTaken((await store.take(limits)).kind);
    },
  });
  return [
    own(OURS.one, shared, ONE, 1),
    own(OURS.twelve, shared, TWELVE, 12),
    own(OURS.direct, leased(0), TWELVE, 12),
    own(OURS.leased, leased(LEASE), TWELVE, 12),
    { ...own(OURS.memory, memory, TWELVE, 12), take: () => mustBeTaken(memory.take(TWELVE).kind), atOnce: 1 },
    flexibleUnion(client),
    ...(ratelimit === undefined ? [] : [envoyService(ratelimit)]),
  ];
}

function mustBeTaken(kind: string): void {
  if (kind !== 'taken') throw new Error(`a call that may be made was ${kind}`);
}

/** Twelve limiters of it, which is what it has for several limits at once: each asks Redis by itself. */
function flexibleUnion(client: RedisClient): LimitVariant {
  const limiters = SCOPES.flatMap((scope) =>
    UNITS.map(
      (unit) =>
        new RateLimiterRedis({
          storeClient: client,
          keyPrefix: `${scope}_${unit}`,
          points: MANY_POINTS,
          duration: SECONDS[unit],
        }),
    ),
  );
  const union = new RateLimiterUnion(...limiters);
  const take = (): Promise<unknown> => union.consume('bench');
  return { name: PEERS.flexible, buckets: 12, atOnce: AT_ONCE, share: 0.2, questions: SCRIPTS, take };
}

function envoyService({ take, pid }: RunningRatelimit): LimitVariant {
  // A pipeline of both for each descriptor.
  const questions = ['incrby', 'expire'];
  return { name: PEERS.envoy, buckets: 12, atOnce: AT_ONCE, share: 0.2, questions, take, servicePid: pid };
}
