import { inTime } from '../../kit/in-time.ts';
import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { shareOf } from './share-of.ts';
import type { StoreHealth } from './store-health.ts';

type Act = 'take' | 'peek' | 'force';

export interface SharedLimitsOptions {
  /** The one place for all instances. Rejects when it cannot be had. */
  readonly shared: LimitStore;
  /** Counts this instance's share while the shared one is lost. */
  readonly local: LimitStore;
  /** Told by who asks the shared store. */
  readonly health: Pick<StoreHealth, 'isLost' | 'cause'>;
  /** How many instances there are, ≥ 1. */
  readonly instances: () => number;
  /** Longest time a call may wait for all of its questions, milliseconds. */
  readonly timeoutMs: number;
  /** Told of a call that was judged without the shared store. */
  readonly onWithout: (how: 'refused' | 'local' | 'open') => void;
}

/**
 * Limits that all instances share, and what each limit says for when they cannot be had.
 *
 * No call waits longer than `timeoutMs`; once the store counts as lost none is asked. A question that was not answered in time
 * counts as taken: it may have been, and what is given back twice would be too much. What is returned is returned when the
 * answer has long left, and a return that is lost over-charges.
 */
export class SharedLimits implements LimitStore {
  readonly #options: SharedLimitsOptions;

  constructor(options: SharedLimitsOptions) {
    this.#options = options;
  }

  take(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#ask(limits, (store) => store.take(limits), 'take');
  }

  peek(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#ask(limits, (store) => store.peek(limits), 'peek');
  }

  force(limits: readonly LimitSpec[]): Taking | Promise<Taking> {
    return this.#ask(limits, (store) => store.force(limits), 'force');
  }

  refund(limits: readonly LimitSpec[]): void {
    const { shared, health } = this.#options;
    if (health.isLost) return;
    Promise.resolve(shared.refund(limits)).catch(() => undefined);
  }

  /** An answer that is there at once, from a lease or from memory, waits for nothing and needs no timer. */
  #ask(
    limits: readonly LimitSpec[],
    question: (shared: LimitStore) => Taking | Promise<Taking>,
    act: Act,
  ): Taking | Promise<Taking> {
    const { shared, health } = this.#options;
    if (health.isLost) return this.#without(limits, act, health.cause);
    try {
      const answer = question(shared);
      return answer instanceof Promise ? this.#answerOf(answer, limits, act) : answer;
    } catch (cause) {
      return this.#without(limits, act, cause);
    }
  }

  async #answerOf(answer: Promise<Taking>, limits: readonly LimitSpec[], act: Act): Promise<Taking> {
    try {
      return await inTime(answer, this.#options.timeoutMs);
    } catch (cause) {
      return await this.#without(limits, act, cause);
    }
  }

  /** What the limits say for when the store is lost. One that says `closed` refuses for all. */
  async #without(limits: readonly LimitSpec[], act: Act, cause: unknown): Promise<Taking> {
    const { local, instances, onWithout } = this.#options;
    const counted = limits.filter(({ whenStoreLost }) => whenStoreLost !== 'open');
    const count = instances();
    const shares: LimitSpec[] = [];
    for (const limit of counted) {
      const share = limit.whenStoreLost === 'closed' ? undefined : shareOf(limit, count);
      if (share === undefined) {
        onWithout('refused');
        return { kind: 'lost', limit, cause };
      }
      shares.push(share);
    }
    onWithout(shares.length === 0 ? 'open' : 'local');
    const taking = await local[act](shares);
    if (taking.kind === 'lost') return taking;
    if (taking.kind === 'short') return { ...taking, limit: counted[shares.indexOf(taking.limit)] ?? taking.limit };
    const remaining = limits.map((limit) => taking.remaining[counted.indexOf(limit)] ?? 0);
    return { kind: 'taken', remaining, from: { refund: () => local.refund(shares) } };
  }
}
