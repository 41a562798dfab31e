import { write, writeSync } from 'node:fs';

/** What `QuickWrite` needs of the machine. */
export interface QuickWriteParts {
  /** write(2) at once, while nothing else runs here. */
  readonly now: (fd: number, bytes: Uint8Array) => number;
  /** write(2) by a thread of its own. */
  readonly byThread: (fd: number, bytes: Uint8Array) => Promise<number>;
  /** Monotonic clock, milliseconds. */
  readonly monotonicMs: () => number;
}

/** A write at once that takes longer is slow, milliseconds: that long the event loop may stand still for one. */
const SLOW_MS = 2;
/** A write by a thread that is heard of later is slow, milliseconds: a busy loop alone does not take so long to hear of it. */
const LONG_MS = 100;
/** How long writes are left to a thread after a slow one, milliseconds: twice as long after each trial that is slow again. */
const WARY_MS = 1000;
const MOST_WARY_MS = 32_000;

/**
 * write(2) for a file that is appended to all the time.
 *
 * The operating system mostly only copies the bytes, which takes a tenth of what handing them to a thread and hearing back
 * does: then it is done at once. When it once took long, the disk is busy, and a thread waits for it, for a second; then one write is
 * tried at once again.
 */
export class QuickWrite {
  readonly #parts: QuickWriteParts;
  #waryUntilMs = -Infinity;
  #waryForMs = WARY_MS;

  constructor(parts: QuickWriteParts) {
    this.#parts = parts;
  }

  /** @throws (rejects) what the file system said. */
  async write(fd: number, bytes: Uint8Array): Promise<number> {
    return this.#parts.monotonicMs() < this.#waryUntilMs ? await this.#byThread(fd, bytes) : this.#now(fd, bytes);
  }

  #now(fd: number, bytes: Uint8Array): number {
    const { now, monotonicMs } = this.#parts;
    const beganMs = monotonicMs();
    try {
      return now(fd, bytes);
    } finally {
      if (monotonicMs() - beganMs > SLOW_MS) {
        this.#waryUntilMs = monotonicMs() + this.#waryForMs;
        this.#waryForMs = Math.min(2 * this.#waryForMs, MOST_WARY_MS);
      } else this.#waryForMs = WARY_MS;
    }
  }

  async #byThread(fd: number, bytes: Uint8Array): Promise<number> {
    const { byThread, monotonicMs } = this.#parts;
    const beganMs = monotonicMs();
    try {
      return await byThread(fd, bytes);
    } finally {
      const endedMs = monotonicMs();
      if (endedMs - beganMs > LONG_MS) this.#waryUntilMs = Math.max(this.#waryUntilMs, endedMs + WARY_MS);
    }
  }
}

/** The real one. */
export function createQuickWrite(): QuickWrite {
  return new QuickWrite({
    now: (fd, bytes) => writeSync(fd, bytes, 0, bytes.length, null),
    byThread: (fd, bytes) =>
      new Promise((resolve, reject) => {
        write(fd, bytes, 0, bytes.length, null, (error, taken) => (error === null ? resolve(taken) : reject(error)));
      }),
    monotonicMs: () => performance.now(),
  });
}
