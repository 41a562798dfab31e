import type { RetrySettings } from '../../catalogue/retry-settings.ts';

export type { RetrySettings } from '../../catalogue/retry-settings.ts';

/** How an attempt failed. Whatever is not here is an answer, and final. */
export type FailedAttempt =
  /** No byte of it was sent: no connection, or none that lasted until then. */
  | { readonly kind: 'unsent' }
  /** It was sent, or may have been, and the connection broke before a reply began. */
  | { readonly kind: 'broken' }
  /** It was sent, and no reply began in time. */
  | { readonly kind: 'timeout' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: RetryAfter };

/** What a reply says of when to come back: milliseconds; nothing; or something that cannot be obeyed, such as a date. */
export type RetryAfter = number | 'none' | 'unreadable';

/** What is known when an attempt has failed. */
export interface RetrySituation {
  readonly failed: FailedAttempt;
  /** Whether the call may be made twice, as `mayRepeat()` says. */
  readonly repeatable: boolean;
  /** Attempts so far, ≥ 1. */
  readonly made: number;
  /** Time until the call must have its answer, milliseconds. */
  readonly leftMs: number;
}

/**
 * `final`: no such failure is tried again. `unsafe`: it may have had an effect, and a second attempt another one. `spent`: the
 * attempts are used up. `late`: the next one would begin after the deadline.
 */
export type RetryVerdict =
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'stop'; readonly why: 'final' | 'unsafe' | 'spent' | 'late' };

/** RFC 9110 §15.6: the gateway or the server could not do it now. */
const UNAVAILABLE: ReadonlySet<number> = new Set([502, 503, 504]);
/** RFC 6585 §4. */
const TOO_MANY = 429;

/**
 * Whether a failed call is tried again, and after how long: the one table for it, which `docs/retries.md` shows.
 *
 * A call of which no byte was sent may always be; any other only when it may be made twice. The pause is random up to a bound
 * that grows with the attempts (full jitter), and behind what the reply asked for, never before it.
 *
 * @param random From 0 up to, and not including, 1.
 */
export function retryVerdict(
  { failed, repeatable, made, leftMs }: RetrySituation,
  settings: Pick<RetrySettings, 'attempts' | 'baseMs' | 'maxMs'>,
  random: number,
): RetryVerdict {
  const floorMs = floorOf(failed);
  if (floorMs === undefined) return { kind: 'stop', why: 'final' };
  if (failed.kind !== 'unsent' && !repeatable) return { kind: 'stop', why: 'unsafe' };
  if (made >= settings.attempts) return { kind: 'stop', why: 'spent' };
  const afterMs = floorMs + random * Math.min(settings.maxMs, (2 ** made - 1) * settings.baseMs);
  return afterMs < leftMs ? { kind: 'retry', afterMs } : { kind: 'stop', why: 'late' };
}

/** The shortest pause before another attempt, milliseconds; `undefined` when there is to be none. */
function floorOf(failed: FailedAttempt): number | undefined {
  if (failed.kind !== 'status') return 0;
  const { status, retryAfter } = failed;
  if (retryAfter === 'unreadable') return undefined;
  if (status === TOO_MANY) return retryAfter === 'none' ? undefined : retryAfter;
  if (!UNAVAILABLE.has(status)) return undefined;
  return retryAfter === 'none' ? 0 : retryAfter;
}
