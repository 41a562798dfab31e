import type { Clock } from '../kit/clock.ts';

/** Time within which somebody comes for a reply that is to be judged, milliseconds. */
const COMES_WITHIN_MS = 2000;
/** Replies in a row that nobody came for, after which nobody is believed to come. */
const MISSES = 3;

/** Whether somebody comes for the replies that are to be judged, from who came for the last ones. */
export class Attendance {
  readonly #clock: Clock;
  /** When each reply was promised, milliseconds, in order. */
  readonly #expected = new Map<string, number>();
  #misses = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get attended(): boolean {
    return this.#misses < MISSES;
  }

  /** A reply will have to be judged. */
  expect(decisionId: string): void {
    this.#expected.set(decisionId, this.#clock.monotonicMs());
  }

  /** Somebody came for it, be it late. */
  came(decisionId: string): void {
    this.#expected.delete(decisionId);
    this.seen();
  }

  /** Nobody needs to come any more. */
  over(decisionId: string): void {
    this.#expected.delete(decisionId);
  }

  /** The last misses no longer count. */
  seen(): void {
    this.#misses = 0;
  }

  /** It is certain that nobody comes: a reply has gone out. */
  absent(): void {
    this.#misses = MISSES;
  }

  /** The replies that nobody came for in time, each once; each counts as a miss. */
  missed(): readonly string[] {
    const latestMs = this.#clock.monotonicMs() - COMES_WITHIN_MS;
    const missed: string[] = [];
    for (const [decisionId, expectedMs] of this.#expected) {
      if (expectedMs > latestMs) break;
      missed.push(decisionId);
      this.over(decisionId);
      this.#misses += 1;
    }
    return missed;
  }
}
