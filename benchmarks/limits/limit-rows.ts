import { median } from '../measure.ts';
import { type Bar, round } from '../result.ts';
import { type LimitVariant, OURS, PEERS } from './limit-variants.ts';
import type { StackMeasured } from './whole-stack.ts';

/** What was measured of one variant, one value a round. CPU time in microseconds a call. */
export interface Measured {
  readonly variant: LimitVariant;
  readonly redis: number[];
  readonly service: number[];
  /** Questions to Redis a call. */
  readonly questions: number[];
}

export interface LimitRow {
  readonly target: string;
  /** Buckets that a call takes from; `null` for the whole stack. */
  readonly buckets: number | null;
  /** CPU time of Redis, and of what asks it, microseconds a call. `null`: there is no Redis, or it was not looked at. */
  readonly redis: number | null;
  readonly service: number;
  readonly questions: number | null;
  /** Of Redis over our own script with one bucket; of the whole stack over the no-op in Go. */
  readonly ratio: number | null;
}

/** What was found, one row each: ways to count, then whole stacks. */
export function rowsOf(counted: readonly Measured[], stacks: readonly StackMeasured[]): LimitRow[] {
  const [floor] = counted.filter(({ variant }) => variant.name === OURS.one).map(({ redis }) => median(redis));
  const [unit] = stacks.filter(({ isUnit }) => isUnit).map(({ samples }) => median(samples));
  return [
    ...counted.map(({ variant, redis, service, questions }) => {
      const isAsked = variant.name !== OURS.memory;
      return {
        target: variant.name,
        buckets: variant.buckets,
        redis: isAsked ? round(median(redis)) : null,
        service: round(median(service), 2),
        questions: isAsked ? round(median(questions), 2) : null,
        ratio: isAsked && floor !== undefined ? round(median(redis) / floor, 2) : null,
      };
    }),
    ...stacks.map(({ name, samples }) => ({
      target: name,
      buckets: null,
      redis: null,
      service: round(median(samples)),
      questions: null,
      ratio: unit === undefined ? null : round(median(samples) / unit, 2),
    })),
  ];
}

/** What was to be reached, and what was found. */
export function barsOf(rows: readonly LimitRow[]): Bar[] {
  const of = (target: string): LimitRow | undefined => rows.find((row) => row.target === target);
  const over = (one: string, other: string, field: 'redis' | 'service'): number | null => {
    const [a, b] = [of(one)?.[field], of(other)?.[field]];
    return typeof a === 'number' && typeof b === 'number' ? round(a / b, 2) : null;
  };
  return [
    { what: 'questions to Redis for a call of 12 buckets', limit: 1, found: of(OURS.twelve)?.questions ?? null },
    { what: 'CPU of Redis for 12 buckets, over one bucket', limit: 2.6, found: over(OURS.twelve, OURS.one, 'redis') },
    { what: '12 buckets in memory, CPU µs', limit: 1, found: of(OURS.memory)?.service ?? null },
    {
      what: 'CPU of Redis with leases of 10, over asking for each call',
      limit: 0.2,
      found: over(OURS.leased, OURS.direct, 'redis'),
    },
    {
      what: 'CPU of the process that asks, the same',
      limit: 0.2,
      found: over(OURS.leased, OURS.direct, 'service'),
    },
    {
      what: 'CPU of Redis for 12 buckets, over the union of rate-limiter-flexible',
      limit: 1,
      found: over(OURS.twelve, PEERS.flexible, 'redis'),
    },
    {
      what: "CPU of Redis for 12 buckets, over Envoy's ratelimit service",
      limit: 1,
      found: over(OURS.twelve, PEERS.envoy, 'redis'),
    },
    {
      what: 'an allowed 1 KB call with limits in Redis, over a no-op in Go',
      limit: 4.5,
      found: of(STACK_WITH_REDIS)?.ratio ?? null,
    },
  ];
}

/** Whole stacks by name. */
export const STACK_WITH_REDIS = 'whole call: Sallyport on http2, two limits in Redis';
