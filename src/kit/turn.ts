import { setImmediate } from 'node:timers/promises';

/** A share of one turn of the event loop, in units that whoever spends them chooses. */
export class Turn {
  readonly #units: number;
  #left: number;

  constructor(units: number) {
    this.#units = units;
    this.#left = units;
  }

  /** What may still be spent in this turn; above 0 once `spend()` has resolved. */
  get left(): number {
    return this.#left;
  }

  /** Spends `units`, more than are left if need be. With nothing left it resolves in the next turn, with a new share. */
  async spend(units: number): Promise<void> {
    this.#left -= units;
    if (this.#left > 0) return;
    await setImmediate();
    this.#left = this.#units;
  }
}
