import { z } from 'zod';

/** Periods of rates, in milliseconds. */
export const PERIODS_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Period = keyof typeof PERIODS_MS;

/** One rate of a limit, as an operator sees it. */
export interface RateLine {
  readonly per: Period;
  readonly rate: number;
  readonly burst: number;
}

/** A limit as it counts now. */
export interface LimitLine {
  readonly rule: string;
  readonly rates: readonly RateLine[];
  readonly cost: number;
  readonly by: readonly string[];
  /** What an operator changed; absent: it counts as it is written. */
  readonly changed?: {
    /** RFC 3339 in UTC. */
    readonly until: string;
    readonly why: string;
    /** What the rule says. */
    readonly from: Pick<LimitLine, 'rates' | 'cost'>;
    /** Whether it outlives the process, and other instances have it. */
    readonly stored: boolean;
  };
}

/** What is in the buckets of one scope of a limit. */
export interface LevelLine {
  readonly rule: string;
  /** Whole tokens in the emptiest rate; below 0 in debt. */
  readonly remaining: number;
  /** Milliseconds until a call passes, 0 when one does; absent: it never will. */
  readonly waitMs?: number;
}

const rule = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const name = z.string().max(4096).optional();
const count = z.int().min(1).max(1_000_000);
const period = z.enum(['second', 'minute', 'hour', 'day']);

/** Whose buckets are to be looked at: the body of `POST /limits/look`. What the rule does not count by may be left out. */
export const lookWishSchema = z.strictObject({
  rule,
  issuer: name,
  tenant: name,
  principal: name,
  agent: name,
  server: name,
  tool: name,
  txn: name,
  jti: name,
});
export type LookWish = z.output<typeof lookWishSchema>;

/** How a limit is to count for a while: the body of `POST /limits/set`. */
export const limitWishSchema = z
  .strictObject({
    rule,
    rates: z
      .array(z.strictObject({ per: period, rate: count.optional(), burst: count.optional() }))
      .max(4)
      .refine((rates) => new Set(rates.map(({ per }) => per)).size === rates.length),
    cost: count.optional(),
    ttl_s: z
      .int()
      .min(1)
      .max(366 * 86_400),
    why: z.string().min(1).max(256),
  })
  .refine(({ rates, cost }) => rates.length > 0 || cost !== undefined);
export type LimitWish = z.output<typeof limitWishSchema>;

/** Which limit is to count again as it is written: the body of `POST /limits/reset`. */
export const limitResetSchema = z.strictObject({ rule, why: z.string().min(1).max(256) });
export type LimitReset = z.output<typeof limitResetSchema>;

/** Limits, for the operator surface. Each answers in words what is wrong with the wish. */
export interface LimitSurface {
  list(): readonly LimitLine[];
  /** Changes nothing. */
  look(wish: LookWish): Promise<LevelLine | string>;
  /** Records the wish and then fulfils it. @throws what kept it from being recorded; nothing is changed then. */
  set(wish: LimitWish): Promise<LimitLine | string>;
  /** The same for what ends a change before its time. */
  reset(wish: LimitReset): Promise<LimitLine | string>;
}
