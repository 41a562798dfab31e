import { SWEEP_EVERY_MS } from './budgets.ts';
import type { CountSpec } from '../../stages/limit/count-store.ts';

/** Who holds something of a scope, by decision id, with the time when it counts no more. */
type Holders = Map<string, number>;

/** What calls hold while they run: of each scope so many at once, each for a time. */
export class Leases {
  readonly #capacity: number;
  readonly #scopes = new Map<string, Holders>();
  #sweptMs = -Infinity;

  /** Holders of at most `capacity` scopes, ≥ 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Milliseconds until there is room at the latest, 0 when there is. */
  waitMs({ key, most, amount }: CountSpec, nowMs: number): number {
    let live = 0;
    let firstMs = Infinity;
    for (const untilMs of this.#scopes.get(key)?.values() ?? []) {
      if (untilMs <= nowMs) continue;
      live += 1;
      firstMs = Math.min(firstMs, untilMs - nowMs);
    }
    return live + amount <= most ? 0 : firstMs;
  }

  /** Takes one. @returns how many are left. */
  take({ key, most }: CountSpec, decisionId: string, nowMs: number, untilMs: number): number {
    const holders = this.#scopes.get(key) ?? new Map<string, number>();
    this.#scopes.set(key, holders);
    forgetOver(holders, nowMs);
    holders.set(decisionId, untilMs);
    return most - holders.size;
  }

  release(key: string, decisionId: string): void {
    const holders = this.#scopes.get(key);
    holders?.delete(decisionId);
    if (holders?.size === 0) this.#scopes.delete(key);
  }

  renew(key: string, decisionId: string, nowMs: number, untilMs: number): void {
    const holders = this.#scopes.get(key);
    const heldMs = holders?.get(decisionId);
    if (heldMs !== undefined && heldMs > nowMs) holders?.set(decisionId, Math.max(heldMs, untilMs));
  }

  /** Whether one more can be kept, after what is over was forgotten. */
  hasRoom(key: string, nowMs: number): boolean {
    if (this.#scopes.has(key) || this.#scopes.size < this.#capacity) return true;
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return false;
    this.#sweptMs = nowMs;
    for (const [scope, holders] of this.#scopes) {
      forgetOver(holders, nowMs);
      if (holders.size === 0) this.#scopes.delete(scope);
    }
    return this.#scopes.size < this.#capacity;
  }
}

function forgetOver(holders: Holders, nowMs: number): void {
  for (const [id, untilMs] of holders) if (untilMs <= nowMs) holders.delete(id);
}
