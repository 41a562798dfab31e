import { z } from 'zod';

/** A part of the log as an operator sees it. */
export interface LogLevelLine {
  readonly name: string;
  readonly level: string;
  /** When the configured level comes back, RFC 3339 in UTC; absent while it is in force. */
  readonly until?: string;
}

/** What an operator may want of the log: the body of `POST /log-levels`. */
export const logLevelWishSchema = z.strictObject({
  name: z.string().min(1).max(63),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  ttl_s: z.int().min(1).max(86_400),
  why: z.string().min(1).max(256),
});
export type LogLevelWish = z.output<typeof logLevelWishSchema>;

/** The levels of the log, for the operator surface. */
export interface LogLevelSurface {
  list(): readonly LogLevelLine[];
  /**
   * Records the wish and then fulfils it.
   *
   * @returns what is wrong with the wish, in words; `undefined` when it is fulfilled.
   * @throws what kept it from being recorded; nothing is changed then.
   */
  set(wish: LogLevelWish): Promise<string | undefined>;
}
