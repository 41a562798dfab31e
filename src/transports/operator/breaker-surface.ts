import { z } from 'zod';

/** A breaker as an operator sees it. */
export interface BreakerLine {
  readonly server: string;
  /** `undefined`: what is asked of the server beside its tools. */
  readonly tool: string | undefined;
  readonly state: string;
  /** Calls in its window, and how many of them failed and were slow. */
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** What an operator may want of a breaker: the body of `POST /breakers`. */
export const breakerWishSchema = z.strictObject({
  server: z.string().min(1).max(63),
  tool: z.string().min(1).max(256).optional(),
  state: z.enum(['closed', 'metrics_only', 'forced_open', 'disabled']),
  why: z.string().min(1).max(256),
});
export type BreakerWish = z.output<typeof breakerWishSchema>;

/** The breakers, for the operator surface. */
export interface BreakerSurface {
  list(): readonly BreakerLine[];
  /**
   * Records the wish and then fulfils it.
   *
   * @returns what is wrong with the wish, in words; `undefined` when it is fulfilled.
   * @throws what kept it from being recorded; nothing is changed then.
   */
  set(wish: BreakerWish): Promise<string | undefined>;
}
