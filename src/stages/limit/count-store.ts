import type { CountScope, CountSpec } from '../../policy/count-spec.ts';
import type { LimitSpec, LimitStore } from './limit-store.ts';

export type { CountScope, CountSpec } from '../../policy/count-spec.ts';

/** What one call asks for, all of it or nothing. */
export interface Asked {
  /** Names the reservation. Each is used once. */
  readonly decisionId: string;
  readonly limits: readonly LimitSpec[];
  /** Keys are distinct within a kind. */
  readonly counts: readonly CountSpec[];
  /** How long the reservation is kept when nobody tells of it, milliseconds. */
  readonly heldMs: number;
}

/** What a store answers. But for `taken`, nothing was changed. */
export type Reserving =
  | {
      readonly kind: 'taken';
      /** Whole tokens left in the emptiest tier, in the order asked. */
      readonly remaining: readonly number[];
      /** What is left of each count, in the order asked. */
      readonly left: readonly number[];
      /** Where to tell what it came to, when that is not the store that was asked. */
      readonly from?: Pick<CountStore, 'settle' | 'vacate' | 'renew'> & Pick<LimitStore, 'refund'>;
    }
  /** `Infinity` when waiting will not help. */
  | { readonly kind: 'short'; readonly limit: LimitSpec; readonly retryAfterMs: number }
  /** There is too little left of `count`. `Infinity` when waiting will not help. */
  | { readonly kind: 'full'; readonly count: CountSpec; readonly retryAfterMs: number }
  /** The store was never made ready, or lost what it knew: nobody can tell what is left, so it counts as used up. */
  | { readonly kind: 'uncounted'; readonly count: CountSpec; readonly why: 'not-ready' | 'too-old' }
  /** The store cannot be had, and what is asked for then refuses. What was asked for counts as taken or is not; nobody knows. */
  | { readonly kind: 'lost'; readonly name: string; readonly cause: unknown };

/** A part of a reservation with what it came to. */
export interface SettledCount extends CountScope {
  /** As reserved. */
  readonly amount: number;
  /** What is to count of it instead, ≥ 0; also more than was reserved. Of no meaning for `concurrent`, which is given back. */
  readonly actual: number;
}

/** Something that is used up. */
export type BudgetScope = CountScope & { readonly kind: 'calls' | 'cost' };

/** What an operator sees of a budget. */
export interface BudgetLine {
  readonly spent: number;
  /** The most that was said of it last, or the least, as `CountSpec.of` says. */
  readonly most: number;
  /** Milliseconds until it begins anew or is forgotten. */
  readonly forMs: number;
}

/**
 * Where it is counted what calls hold while they run, and what they use up.
 *
 * A reservation counts from the moment it is taken. It is settled once: the first word counts, later ones change nothing, and
 * without one it stays as it was reserved, but for `concurrent`, which is given back when its time is over.
 */
export interface CountStore {
  /** Takes every limit and every count in one step, or changes nothing. */
  reserve(asked: Asked): Reserving | Promise<Reserving>;
  /** Tells what a reservation came to, with all of its counts in the order in which they were asked for. */
  settle(decisionId: string, counts: readonly SettledCount[]): void | Promise<void>;
  /** Gives back what is concurrent of a reservation, whose call is over. The rest of it stays as it is, and is settled later. */
  vacate(decisionId: string, counts: readonly CountScope[]): void | Promise<void>;
  /** Keeps a reservation for another `heldMs` from now, when its time is not over yet. */
  renew(decisionId: string, counts: readonly CountScope[], heldMs: number): void | Promise<void>;
  /** What is known of a budget; `undefined` when nothing was counted, or it is forgotten. */
  look(scope: BudgetScope): BudgetLine | undefined | Promise<BudgetLine | undefined>;
  /** Takes `amount` off what was spent of a budget. @returns Whether there was one. */
  grant(scope: BudgetScope, amount: number): boolean | Promise<boolean>;
  /** Forgets a budget: it begins anew. @returns Whether there was one. */
  reset(scope: BudgetScope): boolean | Promise<boolean>;
}
