import type { Clock } from '../kit/clock.ts';

/** Time within which somebody comes for a reply that is to be judged, milliseconds. */
const COMES_WITHIN_MS = 2000;
/** Replies in a row that nobody came for, after which nobody is believed to come. */
const MISSES = 3;
/** Time after which it is tried once more, milliseconds: at first, and at most. It doubles each time. */
const FIRST_TRIAL_MS = 5000;
const LAST_TRIAL_MS = 300_000;

/**
 * Whether somebody comes for the replies that are to be judged, from who came for the last ones.
 *
 * A reply that nobody comes for may be one whose client has left: at the right moment nobody hears of that. Clients could so
 * have all of them refused. Where the log of what became of calls is heard, that counts for nothing, therefore: of a call that
 * has gone on without anybody coming, the log says so. Where it is expected and was not heard yet, it is tried anew from time to
 * time, less and less often.
 */
export class Attendance {
  readonly #clock: Clock;
  readonly #expectsLog: boolean;
  /** When each reply was promised, milliseconds, in order. */
  readonly #expected = new Map<string, number>();
  #misses = 0;
  /** Whether the log is heard that would tell of a reply which nobody came for. */
  #heard = false;
  /** A reply was seen to go out for which nobody had come. */
  #absent = false;
  #trialAtMs = Infinity;
  #trialAfterMs = FIRST_TRIAL_MS;

  /** @param expectsLog Whether what became of calls is to be told. */
  constructor(clock: Clock, expectsLog: boolean) {
    this.#clock = clock;
    this.#expectsLog = expectsLog;
  }

  get attended(): boolean {
    if (this.#absent) return false;
    return this.#heard || this.#misses < MISSES || this.#clock.monotonicMs() >= this.#trialAtMs;
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
    this.#absent = false;
    this.#trialAfterMs = FIRST_TRIAL_MS;
  }

  /** The log has told of a call. */
  heard(): void {
    this.#heard = true;
  }

  /** It is certain that nobody comes: a reply has gone out. */
  absent(): void {
    this.#absent = true;
  }

  /** Whether somebody would have come by now for a reply that was promised then, milliseconds. */
  isLate(expectedMs: number): boolean {
    return expectedMs <= this.#clock.monotonicMs() - COMES_WITHIN_MS;
  }

  /** The replies that nobody came for in time, each once; each counts as a miss. */
  missed(): readonly string[] {
    const missed: string[] = [];
    for (const [decisionId, expectedMs] of this.#expected) {
      if (!this.isLate(expectedMs)) break;
      missed.push(decisionId);
      this.over(decisionId);
      this.#misses += 1;
    }
    if (missed.length > 0 && this.#misses >= MISSES && this.#expectsLog) this.#planTrial();
    return missed;
  }

  #planTrial(): void {
    this.#trialAtMs = this.#clock.monotonicMs() + this.#trialAfterMs;
    this.#trialAfterMs = Math.min(2 * this.#trialAfterMs, LAST_TRIAL_MS);
  }
}
