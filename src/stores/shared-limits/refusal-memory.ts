import type { Clock } from '../../kit/clock.ts';
import { Lru } from '../../kit/lru.ts';
import type { LimitSpec, LimitTier, Taking } from '../../stages/limit/limit-store.ts';

interface Refused {
  /** As they were when it refused: a reload makes others. */
  readonly tiers: readonly LimitTier[];
  readonly cost: number;
  readonly untilMs: number;
  readonly askAgainMs: number;
}

/** Longest time for which nobody asks again: what others give back, or an operator changes, is seen then. */
const BELIEVED_MS = 1000;

/**
 * Which limits refused a moment ago, and until when. Who calls on all the same is answered from here and costs the shared store
 * nothing. What is remembered may be too old by up to a second, and then refuses too much, never too little.
 */
export class RefusalMemory {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #refused: Lru<string, Refused>;

  /** Remembers at most `capacity` limits, ≥ 1. */
  constructor(capacity: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#refused = new Lru(capacity);
  }

  /** The refusal that is known already; of several the longest. */
  recall(limits: readonly LimitSpec[]): Taking | undefined {
    const nowMs = this.#clock.monotonicMs();
    let longest: Extract<Taking, { kind: 'short' }> | undefined;
    for (const limit of limits) {
      const known = this.#refused.get(limit.key);
      if (known === undefined || known.tiers !== limit.tiers || limit.cost < known.cost) continue;
      if (nowMs >= known.askAgainMs) continue;
      const retryAfterMs = Math.ceil(known.untilMs - nowMs);
      if (retryAfterMs > (longest?.retryAfterMs ?? 0)) longest = { kind: 'short', limit, retryAfterMs };
    }
    return longest;
  }

  /** @param askedMs When it was asked, on the monotonic clock: what it was told to wait counts from then at the earliest. */
  remember({ limit, retryAfterMs }: Extract<Taking, { kind: 'short' }>, askedMs: number): void {
    const { key, tiers, cost } = limit;
    const untilMs = askedMs + retryAfterMs;
    this.#refused.set(key, { tiers, cost, untilMs, askAgainMs: Math.min(untilMs, askedMs + BELIEVED_MS) });
  }

  /** Something was given back: whoever asks next is answered by the store. */
  forget(limits: readonly LimitSpec[]): void {
    for (const { key } of limits) this.#refused.delete(key);
  }
}
