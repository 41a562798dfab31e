/** How much a compartment holds. */
export interface CompartmentSize {
  /** Places, ≥ 1. */
  readonly places: number;
  /** Of those, what each tenant finds free whatever the others do, as long as all that are there have so many. */
  readonly keptPerTenant: number;
}

/** Why there is no place: all are taken, or those that are free are kept for other tenants. */
export type NoPlace = 'full' | 'kept-for-others';

/**
 * Places that tenants share. One that has fewer than its share may take any free one; beyond it, only what leaves enough for the
 * shares of the tenants that are there, and for one more to come.
 */
export class Compartment {
  readonly #taken = new Map<string, number>();
  #total = 0;
  /** Places that the tenants which are there still lack to their shares. */
  #lacking = 0;
  #kept: number;

  constructor(keptPerTenant: number) {
    this.#kept = keptPerTenant;
  }

  /** Places that are taken. */
  get total(): number {
    return this.#total;
  }

  /** Tenants that have one. */
  get tenants(): number {
    return this.#taken.size;
  }

  /** Takes a place, to be given back by `leave()`. @returns Why there is none. */
  enter(tenant: string, { places, keptPerTenant }: CompartmentSize): NoPlace | undefined {
    this.#keep(keptPerTenant);
    if (this.#total >= places) return 'full';
    const mine = this.#taken.get(tenant) ?? 0;
    if (mine >= keptPerTenant && places - this.#total - 1 < this.#lacking + keptPerTenant) return 'kept-for-others';
    this.#lacking += this.#lack(mine + 1) - (mine === 0 ? 0 : this.#lack(mine));
    this.#taken.set(tenant, mine + 1);
    this.#total += 1;
    return undefined;
  }

  /** Gives a place back. To be called once for each that was taken. */
  leave(tenant: string): void {
    const mine = this.#taken.get(tenant) ?? 0;
    if (mine === 0) return;
    this.#total -= 1;
    this.#lacking -= this.#lack(mine);
    if (mine === 1) return void this.#taken.delete(tenant);
    this.#lacking += this.#lack(mine - 1);
    this.#taken.set(tenant, mine - 1);
  }

  #lack(taken: number): number {
    return Math.max(0, this.#kept - taken);
  }

  /** A reload may change the share while places are taken. */
  #keep(keptPerTenant: number): void {
    if (keptPerTenant === this.#kept) return;
    this.#kept = keptPerTenant;
    this.#lacking = 0;
    for (const taken of this.#taken.values()) this.#lacking += this.#lack(taken);
  }
}
