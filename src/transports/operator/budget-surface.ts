import { z } from 'zod';

/** A budget as an operator sees it. */
export interface BudgetLine {
  /** Names it in commands. */
  readonly id: string;
  /** The rule that gives it, `token` or `txn`. */
  readonly name: string;
  readonly kind: 'calls' | 'cost';
  /** What a cost is counted in. */
  readonly unit: string | undefined;
  /** Whose it is: what it is counted by. Printable and bounded. */
  readonly whose: string;
  /** Absent when nothing was used up yet. */
  readonly counted: { readonly spent: number; readonly most: number; readonly for_ms: number } | undefined;
}

/** What an operator may want of a budget: the body of `POST /budgets`. */
export const budgetWishSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('grant'),
    id: z.string().min(1).max(64),
    amount: z
      .int()
      .min(1)
      .max(2 ** 40),
    why: z.string().min(1).max(256),
  }),
  z.strictObject({ action: z.literal('reset'), id: z.string().min(1).max(64), why: z.string().min(1).max(256) }),
]);
export type BudgetWish = z.output<typeof budgetWishSchema>;

/** The budgets, for the operator surface. */
export interface BudgetSurface {
  /** Those that calls asked for here last, the latest first. @throws when the store cannot be had. */
  list(): Promise<readonly BudgetLine[]>;
  /**
   * Records the wish and then fulfils it.
   *
   * @returns what is wrong with the wish, in words; `undefined` when it is fulfilled.
   * @throws what kept it from being recorded or fulfilled; in the first case nothing is changed.
   */
  change(wish: BudgetWish): Promise<string | undefined>;
}
