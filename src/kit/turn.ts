import { setImmediate } from 'node:timers/promises';

/** A share of one turn of the event loop, in units that whoever spends them chooses. */
export class Turn {
  readonly #units: number;
  #left: number;

  constructor(units: number) {
    this.#units = units;
    this.#left = units;
  }

  /** What may still be spent in this turn; above 0 once what `spend()` gave to wait for is over. */
  get left(): number {
    return this.#left;
  }

  /**
   * Spends `units`, more than are left if need be.
   *
   * @returns `undefined` while some are left: there is nothing to wait for, and waiting for nothing costs, too. Else what
   * resolves in the next turn, with a new share.
   */
  spend(units: number): Promise<void> | undefined {
    this.#left -= units;
    return this.#left > 0 ? undefined : this.#next();
  }

  async #next(): Promise<void> {
    await setImmediate();
    this.#left = this.#units;
  }
}
