import { boundText } from '../kit/bound-text.ts';
import { messageOf } from '../kit/cause.ts';
import type { KnownBudget } from '../stages/limit/known-budgets.ts';
import type { BudgetLine, BudgetSurface, BudgetWish } from '../transports/operator/budget-surface.ts';
import type { State } from './state.ts';

/** Budgets that are shown at once. */
const MOST_SHOWN = 200;
/** Longest text that names whose a budget is, UTF-16 code units. */
const MOST_WHOSE = 400;

/** The budgets of a process for its operator: every change is in the record before it counts. */
export function operateBudgets({
  counts,
  budgets,
  recorder,
}: Pick<State, 'counts' | 'budgets' | 'recorder'>): BudgetSurface {
  return {
    list: () => Promise.all(budgets.latest(MOST_SHOWN).map(lineOf)),
    async change(wish) {
      const known = budgets.find(wish.id);
      if (known === undefined) return `there is no budget ${boundText(wish.id, 64)} that a call asked for here`;
      try {
        return await change(known, wish);
      } catch (cause) {
        return `it was not changed, or nobody knows: ${messageOf(cause)}`;
      }
    },
  };

  async function lineOf({ id, scope, spec }: KnownBudget): Promise<BudgetLine> {
    const found = await counts.look(scope);
    return {
      id,
      name: spec.name,
      kind: scope.kind,
      unit: spec.unit,
      whose: boundText(scope.key, MOST_WHOSE),
      counted: found && { spent: found.spent, most: found.most, for_ms: found.forMs },
    };
  }

  async function change({ scope, spec }: KnownBudget, wish: BudgetWish): Promise<string | undefined> {
    const found = await counts.look(scope);
    if (found === undefined) return 'nothing of it was used up';
    const { kind, key: budget } = scope;
    const about = { budget, kind, name: spec.name, was: found.spent, why: wish.why };
    if (wish.action === 'grant') {
      await recorder.operator({ action: 'budget.grant', amount: wish.amount, ...about });
      await counts.grant(scope, wish.amount);
    } else {
      await recorder.operator({ action: 'budget.reset', ...about });
      await counts.reset(scope);
    }
    return undefined;
  }
}
