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

/** A write that takes longer is slow, milliseconds: that long the event loop may stand still for one. */
const SLOW_MS = 2;
/** How long writes are left to a thread after a slow one, milliseconds. */
const WARY_MS = 1000;

/**
 * write(2) for a file that is appended to all the time.
 *
 * The operating system mostly only copies the bytes, which takes a tenth of what handing them to a thread and hearing back
 * does: then it is done at once. When it once took long, the disk is busy, and a thread waits for it, until no write was slow
 * for a second.
 */
export class QuickWrite {
  readonly #parts: QuickWriteParts;
  #waryUntilMs = -Infinity;

  constructor(parts: QuickWriteParts) {
    this.#parts = parts;
  }

  /** @throws (rejects) what the file system said. */
  async write(fd: number, bytes: Uint8Array): Promise<number> {
    const { now, byThread, monotonicMs } = this.#parts;
    const beganMs = monotonicMs();
    try {
      return beganMs < this.#waryUntilMs ? await byThread(fd, bytes) : now(fd, bytes);
    } finally {
      const endedMs = monotonicMs();
      if (endedMs - beganMs > SLOW_MS) this.#waryUntilMs = endedMs + WARY_MS;
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
