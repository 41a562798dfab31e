/** What was written could not be made safe in time. */
export class LogSlowError extends Error {
  override readonly name = 'LogSlowError';

  constructor() {
    super('the record cannot keep up: the disk takes too long');
  }
}

export interface SyncGateOptions {
  /** Resolves when the records up to number `through` are on the disk, to the number of the last such record. */
  readonly sync: (through: number) => Promise<number>;
  /** Longest time that a written record may be in memory only, milliseconds. */
  readonly boundMs: number;
  /** Longest time that a call waits for the disk, milliseconds. */
  readonly maxWaitMs: number;
  readonly monotonicMs: () => number;
  /** Told of each sync that failed, and of the first good one after it. Must not throw. */
  readonly onSync: (result: { readonly kind: 'good' } | { readonly kind: 'failed'; readonly cause: unknown }) => void;
}

interface Waiting {
  readonly sequence: number;
  readonly timer: NodeJS.Timeout;
  resolve(): void;
  reject(cause: unknown): void;
}

/**
 * Lets those who wrote a record go on when it is as safe as it has to be (DESIGN §8).
 *
 * One sync runs at a time and serves all who wait for it. What nobody waits for is synced within half of `boundMs`, so that
 * the bound leaves the disk the other half. While a sync is overdue, nothing is let go that a crash of the host could take.
 */
export class SyncGate {
  readonly #options: SyncGateOptions;
  #waiting: Waiting[] = [];
  #written = 0;
  #durable = 0;
  /** When the oldest record was written that may not be on the disk; `undefined` when all are. */
  #oldestMs: number | undefined;
  /** When the oldest record was written that the sync under way does not cover. */
  #nextOldestMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: SyncGateOptions) {
    this.#options = options;
  }

  /** Whether records have been in memory only for longer than the bound allows. */
  get isLate(): boolean {
    return this.lagMs > this.#options.boundMs;
  }

  /** For how long the oldest record that may not be on the disk has been written, milliseconds. */
  get lagMs(): number {
    return this.#oldestMs === undefined ? 0 : this.#options.monotonicMs() - this.#oldestMs;
  }

  /** write(2) has taken the records up to number `sequence`. */
  written(sequence: number): void {
    this.#written = sequence;
    const nowMs = this.#options.monotonicMs();
    this.#oldestMs ??= nowMs;
    if (this.#running !== undefined) this.#nextOldestMs ??= nowMs;
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.boundMs / 2).unref();
  }

  /**
   * Resolves when the record `sequence` is on the disk.
   *
   * @throws LogSlowError, or what the file system said: the record may then be lost by a crash of the host.
   */
  synced(sequence: number): Promise<void> {
    if (sequence <= this.#durable) return Promise.resolve();
    if (this.lagMs > this.#options.maxWaitMs) return Promise.reject(new LogSlowError());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(waiting), this.#options.maxWaitMs).unref();
      const waiting = { sequence, timer, resolve, reject };
      this.#waiting.push(waiting);
      this.#start();
    });
  }

  /** Ends the waiting for the next sync, which whoever closes the log does itself. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0) this.#start();
      else if (this.#oldestMs !== undefined) this.#again();
    });
  }

  #again(): void {
    this.#timer ??= setTimeout(() => this.#start(), this.#options.boundMs / 2).unref();
  }

  async #run(): Promise<void> {
    this.#nextOldestMs = undefined;
    try {
      this.#settle(await this.#options.sync(this.#written));
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #settle(through: number): void {
    this.#durable = Math.max(this.#durable, through);
    this.#oldestMs = this.#durable >= this.#written ? undefined : (this.#nextOldestMs ?? this.#oldestMs);
    const done = this.#waiting.filter(({ sequence }) => sequence <= this.#durable);
    this.#waiting = this.#waiting.filter(({ sequence }) => sequence > this.#durable);
    for (const { timer, resolve } of done) {
      clearTimeout(timer);
      resolve();
    }
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#options.onSync({ kind: 'good' });
  }

  /** Nobody is let go on hope: all who wait are refused, and the next sync has to show that the disk is back. */
  #fail(cause: unknown): void {
    for (const { timer, reject } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(cause);
    }
    this.#isFailing = true;
    this.#options.onSync({ kind: 'failed', cause });
  }

  #giveUp(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    waiting.reject(new LogSlowError());
  }
}
