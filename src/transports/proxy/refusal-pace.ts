import { REASONS } from '../../call/reason.ts';
import type { Refusal } from '../../decision/verdict.ts';

/** Refusals for overload are answered so late, milliseconds: less than what they tell their callers to wait. */
const LATE_MS = 200;
/** So many at once; further ones are answered at once. */
const MAX_WAITING = 2000;

/**
 * Paces callers that do not wait as they are told: one that is refused for overload gets its answer a little later, and can call
 * again only then. What such callers cost does not grow with how fast they are, and who waits as told loses nothing.
 */
export class RefusalPace {
  #waiting = 0;

  /** Resolves when the refusal may be answered. */
  async before({ reason }: Pick<Refusal, 'reason'>): Promise<void> {
    if (REASONS[reason].class !== 'overload' || reason === 'draining' || this.#waiting >= MAX_WAITING) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting += 1;
    setTimeout(resolve, LATE_MS);
    await promise;
    this.#waiting -= 1;
  }
}
