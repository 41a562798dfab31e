import type {
  Asked,
  BudgetLine,
  BudgetScope,
  CountScope,
  CountSpec,
  Reserving,
  SettledCount,
} from '../stages/limit/count-store.ts';

/** Everything that a budget was ever charged with, by who was charged. */
interface Account {
  readonly charges: Map<string, number>;
  granted: number;
  most: number;
  untilMs: number;
}

interface Booking {
  untilMs: number;
  /** The very accounts that were charged. */
  readonly accounts: Map<string, Account>;
}

/**
 * What a store of counts must answer, in the plainest words: budgets are lists of charges, and what is concurrent is a list of who
 * holds it. Nothing here is taken from the stores. Limits are not asked.
 */
export class CountOracle {
  readonly #accounts = new Map<string, Account>();
  readonly #holders = new Map<string, Map<string, number>>();
  readonly #bookings = new Map<string, Booking>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  reserve({ counts, decisionId, heldMs }: Asked): Reserving {
    for (const count of counts) {
      const retryAfterMs = this.#wait(count);
      if (retryAfterMs > 0) return { kind: 'full', count, retryAfterMs };
    }
    const untilMs = this.#nowMs() + heldMs;
    const booking: Booking = { untilMs, accounts: new Map() };
    const left = counts.map((count) => this.#charge(count, decisionId, booking));
    if (booking.accounts.size > 0) this.#bookings.set(decisionId, booking);
    return { kind: 'taken', remaining: [], left };
  }

  settle(decisionId: string, counts: readonly SettledCount[]): void {
    const booking = this.#bookings.get(decisionId);
    this.#bookings.delete(decisionId);
    const isOpen = booking !== undefined && booking.untilMs > this.#nowMs();
    for (const count of counts) {
      if (count.kind === 'concurrent') this.#holdersOf(count).delete(decisionId);
      else if (isOpen) booking.accounts.get(nameOf(count))?.charges.set(decisionId, count.actual);
    }
  }

  vacate(decisionId: string, counts: readonly CountScope[]): void {
    for (const count of counts.filter(({ kind }) => kind === 'concurrent')) this.#holdersOf(count).delete(decisionId);
  }

  renew(decisionId: string, counts: readonly CountScope[], heldMs: number): void {
    const untilMs = this.#nowMs() + heldMs;
    const booking = this.#bookings.get(decisionId);
    if (booking !== undefined && booking.untilMs > this.#nowMs()) booking.untilMs = Math.max(booking.untilMs, untilMs);
    for (const count of counts.filter(({ kind }) => kind === 'concurrent')) {
      const heldUntilMs = this.#holdersOf(count).get(decisionId) ?? 0;
      if (heldUntilMs > this.#nowMs()) this.#holdersOf(count).set(decisionId, Math.max(heldUntilMs, untilMs));
    }
  }

  look(scope: BudgetScope): BudgetLine | undefined {
    const account = this.#accountOf(scope);
    return account && { spent: spentOf(account), most: account.most, forMs: account.untilMs - this.#nowMs() };
  }

  grant(scope: BudgetScope, amount: number): boolean {
    const account = this.#accountOf(scope);
    if (account !== undefined) account.granted += amount;
    return account !== undefined;
  }

  reset(scope: BudgetScope): boolean {
    const wasThere = this.#accountOf(scope) !== undefined;
    this.#accounts.delete(nameOf(scope));
    return wasThere;
  }

  #wait(count: CountSpec): number {
    if (count.kind === 'concurrent') {
      const waits = [...this.#live(count).values()].map((untilMs) => untilMs - this.#nowMs());
      return waits.length + count.amount <= count.most ? 0 : Math.min(...waits);
    }
    const account = this.#accountOf(count);
    const most = mostOf(count, account);
    if ((account === undefined ? 0 : spentOf(account)) + count.amount <= most) return 0;
    const neverAgain = count.of === 'token' || count.amount > most;
    return neverAgain ? Infinity : (account?.untilMs ?? 0) - this.#nowMs();
  }

  #charge(count: CountSpec, decisionId: string, { untilMs, accounts }: Booking): number {
    if (count.kind === 'concurrent') {
      this.#holdersOf(count).set(decisionId, untilMs);
      return count.most - this.#live(count).size;
    }
    const lastsUntilMs = this.#nowMs() + count.lastsMs;
    const known = this.#accountOf(count);
    const account = known ?? { charges: new Map(), granted: 0, most: count.most, untilMs: lastsUntilMs };
    account.most = mostOf(count, known);
    if (count.of === 'token') account.untilMs = Math.max(account.untilMs, lastsUntilMs);
    account.charges.set(decisionId, count.amount);
    this.#accounts.set(nameOf(count), account);
    accounts.set(nameOf(count), account);
    return account.most - spentOf(account);
  }

  #accountOf(scope: CountScope): Account | undefined {
    const account = this.#accounts.get(nameOf(scope));
    return account !== undefined && account.untilMs > this.#nowMs() ? account : undefined;
  }

  #holdersOf({ key }: CountScope): Map<string, number> {
    const holders = this.#holders.get(key) ?? new Map<string, number>();
    this.#holders.set(key, holders);
    return holders;
  }

  #live(scope: CountScope): ReadonlyMap<string, number> {
    return new Map([...this.#holdersOf(scope)].filter(([, untilMs]) => untilMs > this.#nowMs()));
  }
}

function mostOf({ of, most }: CountSpec, known: Account | undefined): number {
  return of === 'token' && known !== undefined ? Math.min(known.most, most) : most;
}

function spentOf({ charges, granted }: Account): number {
  return [...charges.values()].reduce((sum, charge) => sum + charge, 0) - granted;
}

function nameOf({ kind, key }: CountScope): string {
  return `${kind} ${key}`;
}
