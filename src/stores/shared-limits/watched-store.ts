import { inTime } from '../../kit/in-time.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import type { StoreHealth } from './store-health.ts';

export interface WatchedStoreOptions {
  /** Rejects when it cannot be had. */
  readonly store: LimitStore;
  readonly health: StoreHealth;
  /** Longest time one question may take, milliseconds. */
  readonly timeoutMs: number;
}

/** A store whose every answer tells how it is. Rejects what the store rejects, and what it does not answer in time. */
export class WatchedStore implements LimitStore {
  readonly #options: WatchedStoreOptions;

  constructor(options: WatchedStoreOptions) {
    this.#options = options;
  }

  async take(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#ask((store) => store.take(limits));
  }

  async peek(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#ask((store) => store.peek(limits));
  }

  async force(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#ask((store) => store.force(limits));
  }

  async refund(limits: readonly LimitSpec[]): Promise<void> {
    await this.#ask((store) => store.refund(limits));
  }

  async #ask<T>(question: (store: LimitStore) => T | Promise<T>): Promise<T> {
    const { store, health, timeoutMs } = this.#options;
    try {
      const answer = await inTime(question(store), timeoutMs);
      health.succeeded();
      return answer;
    } catch (cause) {
      health.failed(cause);
      throw cause;
    }
  }
}
