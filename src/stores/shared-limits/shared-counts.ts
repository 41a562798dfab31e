import { inTime } from '../../kit/in-time.ts';
import type {
  Asked,
  BudgetLine,
  BudgetScope,
  CountScope,
  CountSpec,
  CountStore,
  Reserving,
  SettledCount,
} from '../../stages/limit/count-store.ts';
import type { LimitSpec, LimitStore } from '../../stages/limit/limit-store.ts';
import { shareOf } from './share-of.ts';
import type { StoreHealth } from './store-health.ts';

export interface SharedCountsOptions {
  /** The one place for all instances. Rejects when it cannot be had. */
  readonly shared: CountStore;
  /** Counts this instance's share while the shared one is lost, in the buckets of `localLimits`. */
  readonly local: CountStore;
  readonly localLimits: Pick<LimitStore, 'refund'>;
  readonly health: Pick<StoreHealth, 'isLost' | 'cause' | 'succeeded' | 'failed'>;
  /** How many instances there are, ≥ 1. */
  readonly instances: () => number;
  /** Longest time a call may wait for its question, milliseconds. */
  readonly timeoutMs: number;
  /** Told of a call that was judged without the shared store. */
  readonly onWithout: (how: 'refused' | 'local' | 'open') => void;
}

/**
 * Counts that all instances share, and what each says for when they cannot be had. Budgets are closed then: what was used up is
 * known in one place.
 *
 * No call waits longer than `timeoutMs`; once the store counts as lost none is asked.
 */
export class SharedCounts implements CountStore {
  readonly #options: SharedCountsOptions;

  constructor(options: SharedCountsOptions) {
    this.#options = options;
  }

  async reserve(asked: Asked): Promise<Reserving> {
    const { health } = this.#options;
    if (health.isLost) return await this.#without(asked, health.cause);
    try {
      return await this.#ask((shared) => shared.reserve(asked));
    } catch (cause) {
      return await this.#without(asked, cause);
    }
  }

  async settle(decisionId: string, counts: readonly SettledCount[]): Promise<void> {
    await this.#tell((shared) => shared.settle(decisionId, counts));
  }

  async vacate(decisionId: string, counts: readonly CountScope[]): Promise<void> {
    await this.#tell((shared) => shared.vacate(decisionId, counts));
  }

  async renew(decisionId: string, counts: readonly CountScope[], heldMs: number): Promise<void> {
    await this.#tell((shared) => shared.renew(decisionId, counts, heldMs));
  }

  async look(scope: BudgetScope): Promise<BudgetLine | undefined> {
    return await this.#ask((shared) => shared.look(scope));
  }

  async grant(scope: BudgetScope, amount: number): Promise<boolean> {
    return await this.#ask((shared) => shared.grant(scope, amount));
  }

  async reset(scope: BudgetScope): Promise<boolean> {
    return await this.#ask((shared) => shared.reset(scope));
  }

  async #ask<T>(question: (shared: CountStore) => T | Promise<T>): Promise<T> {
    const { shared, health, timeoutMs } = this.#options;
    try {
      const answer = await inTime(Promise.resolve(question(shared)), timeoutMs);
      health.succeeded();
      return answer;
    } catch (cause) {
      health.failed(cause);
      throw cause;
    }
  }

  /** Nobody waits for this. A store that is lost is not told: what is reserved there stays so until its time is over. */
  async #tell(word: (shared: CountStore) => void | Promise<void>): Promise<void> {
    if (!this.#options.health.isLost) await this.#ask(word);
  }

  /** What the limits and counts say for when the store is lost. One that says `closed` refuses for all. */
  async #without(asked: Asked, cause: unknown): Promise<Reserving> {
    const { local, instances, onWithout } = this.#options;
    const count = instances();
    const limits = sharesOf(asked.limits, (limit) => shareOf(limit, count));
    const counts = sharesOf(asked.counts, (one) => countShareOf(one, count));
    const closed = limits.closed ?? counts.closed;
    if (closed !== undefined) {
      onWithout('refused');
      return { kind: 'lost', name: closed.name, cause };
    }
    onWithout(limits.shares.size + counts.shares.size === 0 ? 'open' : 'local');
    const answer = await local.reserve({
      ...asked,
      limits: [...limits.shares.values()],
      counts: [...counts.shares.values()],
    });
    if (answer.kind === 'short') return { ...answer, limit: wholeOf(limits.shares, answer.limit) };
    if (answer.kind === 'full') return { ...answer, count: wholeOf(counts.shares, answer.count) };
    if (answer.kind !== 'taken') return answer;
    return {
      kind: 'taken',
      remaining: asked.limits.map((limit) => answer.remaining[[...limits.shares.keys()].indexOf(limit)] ?? 0),
      left: asked.counts.map((one) => answer.left[[...counts.shares.keys()].indexOf(one)] ?? 0),
      from: this.#localShares([...limits.shares.values()], [...counts.shares.values()]),
    };
  }

  /** Where what was taken of shares is told of. Only what is concurrent has one, and all of it is given back. */
  #localShares(limits: readonly LimitSpec[], counts: readonly CountSpec[]): NonNullable<Reserved['from']> {
    const { local, localLimits } = this.#options;
    const over = counts.map((one): SettledCount => ({ ...one, actual: 0 }));
    return {
      settle: (decisionId) => local.settle(decisionId, over),
      vacate: (decisionId) => local.vacate(decisionId, counts),
      renew: (decisionId, _counts, heldMs) => local.renew(decisionId, counts, heldMs),
      refund: () => localLimits.refund(limits),
    };
  }
}

type Reserved = Extract<Reserving, { kind: 'taken' }>;

interface Shares<S> {
  /** By what they are shares of; what is open is not there. */
  readonly shares: ReadonlyMap<S, S>;
  /** The first that refuses. */
  readonly closed: S | undefined;
}

function sharesOf<S extends LimitSpec | CountSpec>(all: readonly S[], share: (one: S) => S | undefined): Shares<S> {
  const shares = new Map<S, S>();
  for (const one of all) {
    if (one.whenStoreLost === 'open') continue;
    const own = one.whenStoreLost === 'closed' ? undefined : share(one);
    if (own === undefined) return { shares, closed: one };
    shares.set(one, own);
  }
  return { shares, closed: undefined };
}

/** What one of `instances` may let run at once by itself; `undefined` when that is none. Budgets cannot be shared out. */
function countShareOf(count: CountSpec, instances: number): CountSpec | undefined {
  const most = Math.floor(count.most / instances);
  return count.kind === 'concurrent' && most >= count.amount ? { ...count, most } : undefined;
}

function wholeOf<S>(shares: ReadonlyMap<S, S>, share: S): S {
  for (const [whole, one] of shares) if (one === share) return whole;
  return share;
}
