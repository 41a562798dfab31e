import { isLower, type Priority } from '../../call/priority.ts';
import type { Clock } from '../../kit/clock.ts';
import { Lru } from '../../kit/lru.ts';

/** Callers that are remembered. */
const MAX_CALLERS = 20_000;
/** How long the highest class of a caller counts although its calls are in a lower one since, milliseconds. */
const HIGHEST_FOR_MS = 60_000;

interface Known {
  readonly priority: Priority;
  /** When a call was last in that class. */
  readonly atMs: number;
  /** Under which rules. */
  readonly generation: number;
}

/**
 * The class that rules gave the calls of each caller: what is known of its next call before that is read.
 *
 * Of a caller whose calls are in several classes it is the highest of the last minute. Only callers whose call the rules allowed
 * are remembered, so nobody without a credential that counts can push anyone out.
 */
export class KnownPriorities {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #callers = new Lru<string, Known>(MAX_CALLERS);
  #generation = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Callers remembered now. */
  get size(): number {
    return this.#callers.size;
  }

  /** The class of a caller by its key; `undefined` when it is not known here. */
  of(key: string): Priority | undefined {
    return this.#callers.get(key)?.priority;
  }

  /** Hears the class of a call. @returns What was known of its caller before. */
  learn(key: string, priority: Priority): Priority | undefined {
    const before = this.#callers.get(key);
    const atMs = this.#clock.monotonicMs();
    if (before !== undefined && this.#outlasts(before, priority, atMs)) return before.priority;
    this.#callers.set(key, { priority, atMs, generation: this.#generation });
    return before?.priority;
  }

  /** Other rules are in force: of what they say of a caller, the first word counts. */
  renew(): void {
    this.#generation += 1;
  }

  #outlasts(before: Known, priority: Priority, nowMs: number): boolean {
    if (before.generation !== this.#generation) return false;
    return isLower(priority, before.priority) && nowMs - before.atMs < HIGHEST_FOR_MS;
  }
}
