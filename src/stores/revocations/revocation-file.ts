import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Revocations } from '../../capability/revocations.ts';
import { codeOf } from '../../kit/cause.ts';
import type { Clock } from '../../kit/clock.ts';
import { ChangedFile } from '../changed-file.ts';
import { MAX_DENY_LIST_BYTES, readDenyList } from './read-deny-list.ts';
import { SignalRegistry } from './signal-registry.ts';

export interface RevocationFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** How often the file is looked at besides being watched, milliseconds. */
  readonly pollMs?: number;
  /** Age of the last successful look beyond which nothing can be told, milliseconds (DESIGN §11). */
  readonly maxAgeMs?: number;
  /** Most tokens whose revocation can be waited for at once. */
  readonly maxSignals?: number;
  /** Told of each look that failed. */
  readonly onFailure?: (cause: unknown) => void;
}

/** A file that did not change for this long is not being written, milliseconds. */
const SETTLED_MS = 1000;

/**
 * Revoked token ids from a deny-list file that is followed as it changes.
 *
 * An id that appears counts at once and ends the streams of its token. One that disappears counts until the file has
 * not changed for a second: a file that is being rewritten in place does not free anybody for a moment.
 */
export class RevocationFile implements Revocations, Disposable {
  readonly #file: ChangedFile;
  readonly #options: RevocationFileOptions;
  readonly #signals: SignalRegistry;
  #revoked: ReadonlySet<string> = new Set();
  /** What was revoked before the last change. */
  #leaving: ReadonlySet<string> = new Set();
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;

  private constructor(options: RevocationFileOptions) {
    this.#options = options;
    this.#file = new ChangedFile(options.path, MAX_DENY_LIST_BYTES);
    this.#signals = new SignalRegistry(options.maxSignals ?? 20_000);
  }

  /**
   * Reads the file and begins to follow it. Dispose it to stop.
   *
   * @throws when the file is not there or cannot be read: a deny list that was configured is never taken as empty.
   */
  static async open(options: RevocationFileOptions): Promise<RevocationFile> {
    const list = new RevocationFile(options);
    await list.#look();
    list.#follow();
    return list;
  }

  check(tokenId: string): 'revoked' | 'not-revoked' | 'unknown' {
    if (this.#isRevoked(tokenId)) return 'revoked';
    const ageMs = this.#options.clock.monotonicMs() - this.#seenAtMs;
    return ageMs > (this.#options.maxAgeMs ?? 5000) ? 'unknown' : 'not-revoked';
  }

  signalFor(tokenId: string): AbortSignal {
    return this.#isRevoked(tokenId) ? AbortSignal.abort() : this.#signals.signalFor(tokenId);
  }

  /** Looks at the file now. Never rejects: what went wrong ages the list until nothing can be told. */
  async refresh(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((cause: unknown) => this.#options.onFailure?.(cause))
      .finally(() => {
        this.#looking = undefined;
      });
    await this.#looking;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #isRevoked(tokenId: string): boolean {
    return this.#revoked.has(tokenId) || this.#leaving.has(tokenId);
  }

  async #look(): Promise<void> {
    const content = await this.#file.read();
    const nowMs = this.#options.clock.monotonicMs();
    if (content !== 'unchanged') {
      this.#replace(content);
      this.#changedAtMs = nowMs;
    } else if (nowMs - this.#changedAtMs >= SETTLED_MS) this.#leaving = new Set();
    this.#seenAtMs = nowMs;
  }

  #replace(content: Uint8Array): void {
    try {
      const revoked = readDenyList(content);
      this.#leaving = this.#revoked.union(this.#leaving).difference(revoked);
      this.#revoked = revoked;
    } catch (cause) {
      this.#file.forget();
      throw cause;
    }
    for (const id of this.#revoked) this.#signals.abort(id, 'The token has been revoked.');
  }

  #follow(): void {
    const look = (): void => void this.refresh();
    this.#timer = setInterval(look, this.#options.pollMs ?? 1000).unref();
    const name = basename(this.#options.path);
    try {
      // The directory, since a file that is replaced by renaming is another file.
      this.#watcher = watch(dirname(this.#options.path), (_event, changed) => {
        if (changed === null || changed === name) look();
      }).unref();
      this.#watcher.on('error', (cause) => this.#options.onFailure?.(cause));
    } catch (cause) {
      // No watching here (no inotify left): the timer looks all the same. A confined process may read the file and not its
      // directory; it is meant to be so.
      if (codeOf(cause) !== 'ERR_ACCESS_DENIED') this.#options.onFailure?.(cause);
    }
  }
}
