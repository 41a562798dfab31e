import type { CallMark, CallWindow, Tally } from './call-window.ts';

const FAILED = 1;
const SLOW = 2;

/** The last `size` calls, whenever they were: a ring with running totals. */
export class CountWindow implements CallWindow {
  readonly #marks: Uint8Array;
  #next = 0;
  #calls = 0;
  #failed = 0;
  #slow = 0;

  /** `size` calls, ≥ 1. */
  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  record({ failed, slow }: CallMark): void {
    if (this.#calls === this.#marks.length) this.#count(this.#marks[this.#next] ?? 0, -1);
    else this.#calls += 1;
    const mark = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.#marks[this.#next] = mark;
    this.#count(mark, 1);
    this.#next = (this.#next + 1) % this.#marks.length;
  }

  tally(): Tally {
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow };
  }

  #count(mark: number, by: 1 | -1): void {
    if ((mark & FAILED) !== 0) this.#failed += by;
    if ((mark & SLOW) !== 0) this.#slow += by;
  }
}
