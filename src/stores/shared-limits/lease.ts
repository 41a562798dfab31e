import type { LimitTier, LimitSpec, Taking } from '../../stages/limit/limit-store.ts';

/** A call that waits for tokens of leases which are being asked for. */
export interface Waiting {
  readonly limits: readonly LimitSpec[];
  /** Of each limit its own. */
  readonly leases: readonly Lease[];
  resolve(taking: Taking | Promise<Taking>): void;
  reject(cause: unknown): void;
}

/** Tokens of one limit that were taken from the shared store before they are spent, and who waits for more. */
export class Lease {
  /** As they were when it was taken: a reload makes others. */
  readonly tiers: readonly LimitTier[];
  /** Calls that wait for what is being asked for, in the order in which they came. Empty but while `isAsked`. */
  readonly waiting: Waiting[] = [];
  /** More is being asked for; by one call at a time. */
  isAsked = false;
  /** The last question was for too much: the next one is not for those who wait. */
  isScarce = false;
  #tokens = 0;
  #untilMs = -Infinity;
  /** What was left in the shared store when it was taken. */
  #beyond = 0;

  constructor(tiers: readonly LimitTier[]) {
    this.tiers = tiers;
  }

  /** Whether `cost` tokens are there, and not forgotten. */
  has(cost: number, nowMs: number): boolean {
    return this.#tokens >= cost && nowMs < this.#untilMs;
  }

  /** Spends what is there, as `has()` has said. @returns What is left, here and in the shared store. */
  spend(cost: number): number {
    this.#tokens -= cost;
    return this.remaining;
  }

  /** Takes all of it out. @returns How much that was. */
  empty(nowMs: number): number {
    const left = nowMs < this.#untilMs ? this.#tokens : 0;
    this.#tokens = 0;
    return left;
  }

  /** Puts back what was taken out. */
  putBack(tokens: number): void {
    this.#tokens = tokens;
  }

  /** Has new tokens, until they are forgotten. */
  fill(tokens: number, beyond: number, untilMs: number): void {
    this.#tokens = tokens;
    this.#beyond = beyond;
    this.#untilMs = untilMs;
  }

  /** Forgets what is more than `most`: it stays taken. */
  trim(most: number): void {
    this.#tokens = Math.min(this.#tokens, most);
  }

  /** What is left, here and in the shared store as it was then. */
  get remaining(): number {
    return this.#tokens + this.#beyond;
  }
}
