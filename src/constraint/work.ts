import { CannotTellError } from './cannot-tell.ts';

/** What one check may cost, in units of about 10 ns: 10 ms. */
const MAX_WORK = 1_000_000;

/** The work that one check has left. It is counted, not timed: what a value costs does not depend on the load. */
export class Work {
  #left = MAX_WORK;

  /** Takes `units` of about 10 ns. @throws CannotTellError when there are not as many left. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new CannotTellError('the value is too large to be judged');
  }
}
