import { sha256Base64url } from '../../kit/digest.ts';
import { Lru } from '../../kit/lru.ts';
import type { BudgetScope, CountSpec } from './count-store.ts';

/** A budget that calls asked for, by the id under which an operator names it. */
export interface KnownBudget {
  readonly id: string;
  readonly scope: BudgetScope;
  /** As it was asked for last. */
  readonly spec: CountSpec;
}

const ID_LENGTH = 12;

/** The budgets that calls asked for last: what an operator can look at and change. */
export class KnownBudgets {
  readonly #specs: Lru<string, CountSpec>;

  /** Remembers at most `capacity` budgets, ≥ 1. */
  constructor(capacity: number) {
    this.#specs = new Lru(capacity);
  }

  /** Hears what a call asks for, whether it gets it or not. */
  asked(counts: readonly CountSpec[]): void {
    for (const count of counts) if (count.kind !== 'concurrent') this.#specs.set(`${count.kind} ${count.key}`, count);
  }

  /** The `most` that were asked for last, the latest first. */
  latest(most: number): readonly KnownBudget[] {
    return [...this.#specs.values()].slice(-most).toReversed().flatMap(knownOf);
  }

  /** `undefined` when none of this id was asked for here, or very many others were since. */
  find(id: string): KnownBudget | undefined {
    for (const spec of this.#specs.values()) {
      const [known] = knownOf(spec);
      if (known?.id === id) return known;
    }
    return undefined;
  }
}

function knownOf(spec: CountSpec): readonly KnownBudget[] {
  const { kind, key, tenant } = spec;
  if (kind === 'concurrent') return [];
  const id = sha256Base64url(`${kind} ${key}`).slice(0, ID_LENGTH);
  return [{ id, scope: { kind, key, tenant }, spec }];
}
