import { type ByteBudget, createByteBudget } from '../reply/byte-budget.ts';

/** What may be held in memory at once, over all listeners. Apart, so that senders of bodies cannot keep replies out. */
export interface MemoryBudget {
  /** Request bodies, until their exchange is over. */
  readonly bodies: ByteBudget;
  /** Replies and events, until the client has read them. */
  readonly replies: ByteBudget;
}

/** So many bytes of bodies, and as many of replies. */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  return { bodies: createByteBudget(maxBytes), replies: createByteBudget(maxBytes) };
}
