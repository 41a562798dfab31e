import type { Clock } from '../kit/clock.ts';
import { watchFiles } from './watch-files.ts';

/** Something made from files, and how to see that the files have changed. */
export interface Loaded<T> {
  readonly value: T;
  /** Files to watch. */
  readonly files: () => readonly string[];
  /** A text that differs when the files have changed. Never rejects. */
  readonly signature: () => Promise<string>;
}

/** The last reload, when it failed. */
export interface FailedReload {
  readonly atMs: number;
  readonly error: unknown;
}

export interface ReloaderOptions<T> {
  /** @throws what keeps the files from being used. */
  readonly load: () => Promise<Loaded<T>>;
  readonly clock: Clock;
  /** Told of each swap, after it. Must not throw. */
  readonly onSwap: (next: T, previous: T) => void;
  /** Told of each failure that says something new. Must not throw. */
  readonly onFailure: (error: unknown) => void;
  /** How often the files are looked at, milliseconds. Default 2000. */
  readonly pollMs?: number;
  /** How long a change must have settled, milliseconds. Default 100. */
  readonly settleMs?: number;
}

/**
 * Keeps a value made from files up to date: when the files change it is made anew, and the last good one stays in use until
 * that has worked (DESIGN §12).
 */
export class Reloader<T> implements Disposable {
  readonly #options: ReloaderOptions<T>;
  readonly #poll: NodeJS.Timeout;
  #loaded: Loaded<T>;
  #signature: string;
  #failure: FailedReload | undefined;
  #watching: Disposable;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(first: Loaded<T>, signature: string, options: ReloaderOptions<T>) {
    this.#loaded = first;
    this.#signature = signature;
    this.#options = options;
    this.#watching = this.#watch();
    this.#poll = setInterval(() => void this.check(), options.pollMs ?? 2000).unref();
  }

  /** Loads the first value. @throws what `load` throws: there is no last good one yet. */
  static async start<T>(options: ReloaderOptions<T>): Promise<Reloader<T>> {
    return Reloader.from(await options.load(), options);
  }

  /** Goes on from a value that was loaded already. */
  static async from<T>(first: Loaded<T>, options: ReloaderOptions<T>): Promise<Reloader<T>> {
    return new Reloader(first, await first.signature(), options);
  }

  /** The last good value. */
  get current(): T {
    return this.#loaded.value;
  }

  /** Why the last reload did not work; `undefined` when it did. */
  get failure(): FailedReload | undefined {
    return this.#failure;
  }

  /** Makes the value anew, whether or not the files changed. One after the other. Never rejects. */
  reload(): Promise<'swapped' | 'failed'> {
    const result = this.#last.then(() => this.#reload());
    this.#last = result;
    return result;
  }

  /** Reloads when the files have changed since the last look, or when the last reload failed. Never rejects. */
  async check(): Promise<'unchanged' | 'swapped' | 'failed'> {
    const result = this.#last.then(async () => {
      const signature = await this.#loaded.signature();
      // What a failed reload stumbled over may be a file that the last good value knows nothing of.
      if (signature === this.#signature && this.#failure === undefined) return 'unchanged';
      this.#signature = signature;
      return this.#reload();
    });
    this.#last = result;
    return result;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    this.#watching[Symbol.dispose]();
  }

  async #reload(): Promise<'swapped' | 'failed'> {
    const previous = this.#loaded;
    try {
      const before = await previous.signature();
      const next = await this.#options.load();
      const after = await next.signature();
      // What was replaced after it was read would never be seen again: then the next look is to find a change.
      const isSettled = (await previous.signature()) === before;
      this.#loaded = next;
      this.#signature = isSettled ? after : before;
      this.#failure = undefined;
      this.#rewatch();
      this.#options.onSwap(next.value, previous.value);
      return 'swapped';
    } catch (error) {
      this.#fail(error);
      this.#rewatch();
      return 'failed';
    }
  }

  #fail(error: unknown): void {
    const isNew = this.#failure === undefined || String(this.#failure.error) !== String(error);
    if (!isNew) return;
    this.#failure = { atMs: this.#options.clock.nowMs(), error };
    this.#options.onFailure(error);
  }

  #rewatch(): void {
    this.#watching[Symbol.dispose]();
    this.#watching = this.#watch();
  }

  #watch(): Disposable {
    return watchFiles(this.#loaded.files(), this.#options.settleMs ?? 100, () => void this.check());
  }
}
