import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import type { BreakerPermit, CallResult } from './breaker.ts';
import { classifyAttempt } from './classify-outcome.ts';

/** Attempts of one call that are told apart; no server may have more. */
const MOST_TOLD = 16;
/** Longest pause before another attempt, by what was asked for: Envoy adds a random time of up to half of it. */
const PAUSE_TIMES = 1.5;
const FAILURE: CallResult = { kind: 'failure' };

interface Told {
  readonly result: CallResult;
  readonly tookMs: number;
  /** When the next one began, at the latest: it was told when it was over, and may have asked for a pause. */
  readonly nextMs: number;
}

/**
 * The permit of a call that is under way, and what another proxy told of its attempts.
 *
 * Which attempt was the last is known with the outcome alone, which says how many there were: so all of them count then, each
 * once. One before the last that nobody told of has failed, or there would have been no further one.
 */
export class HeldPermit {
  readonly #permit: BreakerPermit;
  /** Its attempts have permits of their own. */
  readonly #isFollowed: boolean;
  /** In the order in which they ended. */
  #told: Told[] | undefined;

  constructor(permit: BreakerPermit, isFollowed: boolean) {
    this.#permit = permit;
    this.#isFollowed = isFollowed;
  }

  /** An attempt is over; whether it was the last is not known yet. */
  tried(attempt: UpstreamAttempt, atMs: number): void {
    this.#told ??= [];
    if (this.#told.length === MOST_TOLD) return;
    const nextMs = atMs + PAUSE_TIMES * (attempt.retryAfterMs ?? 0);
    this.#told.push({ result: classifyAttempt(attempt), tookMs: attempt.durationMs, nextMs });
  }

  /** It no longer runs. */
  leave(): void {
    this.#permit.leave();
  }

  /** The call is over, after so many attempts. */
  settle(result: CallResult, attempts: number, nowMs: number): void {
    const before = this.#isFollowed ? 0 : Math.min(attempts, MOST_TOLD) - 1;
    const told = this.#told ?? [];
    for (let at = 0; at < before; at += 1) {
      const { result: cameTo, tookMs } = told[at] ?? { result: FAILURE, tookMs: 0 };
      this.#permit.attempted(cameTo, tookMs);
    }
    const sinceMs = told[before - 1]?.nextMs;
    const tookMs = sinceMs === undefined ? undefined : Math.max(0, nowMs - sinceMs);
    this.#permit.settle(result, told[before]?.tookMs ?? tookMs);
  }
}
