import { z } from 'zod';

/** A stop as an operator sees it. */
export interface StopLine {
  readonly id: string;
  readonly kind: string;
  /** Empty for `all`. */
  readonly name: string;
  /** RFC 3339 in UTC. */
  readonly since: string;
  /** RFC 3339 in UTC; absent: until it is lifted. */
  readonly until?: string;
  readonly why: string;
  /** Whether it outlives the process, and other instances have it. */
  readonly stored: boolean;
}

/** Everything that is stopped, as one instance knows it. */
export interface StopList {
  /** Whether it was read lately. */
  readonly known: boolean;
  readonly stops: readonly StopLine[];
}

const why = z.string().min(1).max(256);

/** What an operator may want stopped: the body of `POST /stops`. */
export const stopWishSchema = z
  .strictObject({
    kind: z.enum(['agent', 'tool', 'server', 'principal', 'txn', 'jti', 'all']),
    name: z.string().max(4096),
    ttl_s: z
      .int()
      .min(1)
      .max(366 * 86_400)
      .optional(),
    why,
  })
  .refine(({ kind, name }) => (kind === 'all') === (name === ''))
  .refine(({ kind, name }) => kind !== 'tool' || /^[a-z][a-z0-9_-]{0,62}\/./s.test(name));
export type StopWish = z.output<typeof stopWishSchema>;

/** Which stop is to be lifted: the body of `POST /stops/lift`. */
export const liftWishSchema = z.strictObject({ id: z.string().min(1).max(64), why });
export type LiftWish = z.output<typeof liftWishSchema>;

/** A stop that is in force. */
export interface Stopped {
  readonly stop: StopLine;
  /** That this instance knows nothing of that name, as a sentence: most likely it is misspelt. */
  readonly unknown?: string;
}

/** What is stopped, for the operator surface. */
export interface StopSurface {
  list(): StopList;
  /**
   * Records the wish and then fulfils it.
   *
   * @returns the stop, or what is wrong with the wish, in words.
   * @throws what kept it from being recorded; nothing is stopped then.
   */
  stop(wish: StopWish): Promise<Stopped | string>;
  /** The same for lifting one. @throws also what kept it from being stored; it is still in force then. */
  lift(wish: LiftWish): Promise<Stopped | string>;
}
