import type { KeySet, KeySource, VerificationKey } from '../../capability/key-source.ts';
import type { Clock } from '../../kit/clock.ts';
import type { PublicKey } from './read-key.ts';
import type { ReadKeySet } from './read-key-set.ts';

/** When keys are asked for. All in milliseconds. */
export interface KeySourceTiming {
  /** Younger keys are used without asking. */
  readonly freshMs: number;
  /** Younger keys are used while newer ones are asked for; older ones wait for the answer. */
  readonly staleMs: number;
  /** Older keys are not used at all. */
  readonly lastGoodMs: number;
  /** Shortest time between two attempts after a failed one. */
  readonly retryMs: number;
  /** Shortest time between two attempts because of an unknown `kid`. */
  readonly cooldownMs: number;
}

/** Told what happens to the keys, for logs and metrics. */
export interface KeySourceObserver {
  changed?(epoch: number, notes: readonly string[]): void;
  failed?(cause: unknown): void;
}

export interface KeySourceOptions {
  readonly load: () => Promise<ReadKeySet | 'unchanged'>;
  readonly timing: KeySourceTiming;
  readonly clock: Clock;
  readonly observer?: KeySourceObserver;
}

/**
 * The keys of one issuer, loaded when they are wanted and due: stale while revalidated, last good for a bounded time,
 * never more than one load at once, and not one load for every made-up `kid`. A key that a new set does not have is withdrawn;
 * a set that cannot be had withdraws nothing.
 *
 * Has no timer: an issuer that nobody presents tokens of is not asked.
 */
export class JwksKeySource implements KeySource {
  readonly #options: KeySourceOptions;
  #set: KeySet | undefined;
  /** Of each key in the set, by fingerprint. */
  readonly #withdrawals = new Map<string, AbortController>();
  #fingerprint = '';
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(options: KeySourceOptions) {
    this.#options = options;
  }

  async current(): Promise<KeySet | undefined> {
    const { freshMs, staleMs, lastGoodMs, retryMs } = this.#options.timing;
    const ageMs = this.#ageMs();
    if (ageMs < freshMs) return this.#set;
    const refreshed = this.#refresh(retryMs);
    if (ageMs >= Math.min(staleMs, lastGoodMs)) await refreshed;
    return this.#usable();
  }

  async lookAgain(): Promise<KeySet | undefined> {
    await this.#refresh(this.#options.timing.cooldownMs);
    return this.#usable();
  }

  /**
   * Loads now, whatever is due.
   *
   * @returns What of a new set was not used.
   * @throws what kept it from loading: for the start, where a file that is not there is the operator's error.
   */
  async load(): Promise<readonly string[]> {
    this.#triedAtMs = this.#options.clock.monotonicMs();
    const read = await this.#options.load();
    this.#loadedAtMs = this.#options.clock.monotonicMs();
    if (read === 'unchanged' || read.fingerprint === this.#fingerprint) return [];
    this.#fingerprint = read.fingerprint;
    const epoch = (this.#set?.epoch ?? 0) + 1;
    this.#set = { epoch, keys: new Map([...read.keys].map(([kid, key]) => [kid, this.#withdrawable(key)])) };
    this.#options.observer?.changed?.(epoch, read.notes);
    this.#withdrawAllBut(new Set([...read.keys.values()].map(({ fingerprint }) => fingerprint)));
    return read.notes;
  }

  #withdrawable({ kid, algorithm, key, fingerprint }: PublicKey): VerificationKey {
    const withdrawal = this.#withdrawals.get(fingerprint) ?? new AbortController();
    this.#withdrawals.set(fingerprint, withdrawal);
    return { kid, algorithm, key, withdrawn: withdrawal.signal };
  }

  /** Last, so that whoever hears of it finds the new set. */
  #withdrawAllBut(kept: ReadonlySet<string>): void {
    for (const [fingerprint, withdrawal] of this.#withdrawals) {
      if (kept.has(fingerprint)) continue;
      this.#withdrawals.delete(fingerprint);
      withdrawal.abort();
    }
  }

  #ageMs(): number {
    return this.#options.clock.monotonicMs() - this.#loadedAtMs;
  }

  #usable(): KeySet | undefined {
    return this.#ageMs() < this.#options.timing.lastGoodMs ? this.#set : undefined;
  }

  /** Loads unless the last attempt is younger than `notWithinMs`. Joins a load that is under way. Never rejects. */
  #refresh(notWithinMs: number): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    if (this.#options.clock.monotonicMs() - this.#triedAtMs < notWithinMs) return Promise.resolve();
    this.#loading = this.load()
      .then(() => undefined)
      .catch((cause: unknown) => this.#options.observer?.failed?.(cause))
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}
