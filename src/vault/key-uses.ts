import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../kit/cause.ts';

/** One byte of a counter stands for so many uses: they are reserved together, before the first of them. */
export const USES_PER_MARK = 16;
/** From which share of its uses on a key is due to be changed. */
const ALARM_SHARE = 0.5;

/** A key was used as often as it may be. */
export class KeyUsedUpError extends Error {
  override readonly name = 'KeyUsedUpError';
}

/** How it is with a key. */
export interface KeyWear {
  readonly kek: string;
  /** At most so often it was used. */
  readonly uses: number;
  readonly maxUses: number;
  /** Whether it should be changed now. */
  readonly isDue: boolean;
}

const APPENDED = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_DSYNC ?? 0);

/**
 * Counts the uses of one key over all processes and restarts: the length of a file that each appends to.
 *
 * A crash counts uses that were reserved and not made, never fewer than were made.
 */
export class KeyUses {
  readonly #directory: string;
  readonly #kek: string;
  readonly #maxUses: number;
  #left = 0;
  #uses: number;

  constructor(directory: string, kek: string, maxUses: number) {
    this.#directory = directory;
    this.#kek = kek;
    this.#maxUses = maxUses;
    this.#uses = usesOf(directory, kek);
  }

  get wear(): KeyWear {
    return wearOf(this.#kek, this.#uses, this.#maxUses);
  }

  /** Counts one use, before it is made. @throws KeyUsedUpError when there is none left; what the file system said. */
  take(): void {
    if (this.#left === 0) this.#reserve();
    this.#left -= 1;
  }

  #reserve(): void {
    if (this.#uses + USES_PER_MARK > this.#maxUses) throw this.#usedUp();
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const file = openSync(join(this.#directory, this.#kek), APPENDED, 0o600);
    try {
      writeSync(file, '.');
      this.#uses = fstatSync(file).size * USES_PER_MARK;
    } finally {
      closeSync(file);
    }
    // Another process may have reserved meanwhile.
    if (this.#uses > this.#maxUses) throw this.#usedUp();
    this.#left = USES_PER_MARK;
  }

  #usedUp(): KeyUsedUpError {
    return new KeyUsedUpError(
      `key ${this.#kek} was used ${this.#uses} times and may be ${this.#maxUses} times: change it (sallyport vault key, then vault rewrap)`,
    );
  }
}

export function wearOf(kek: string, uses: number, maxUses: number): KeyWear {
  return { kek, uses, maxUses, isDue: uses + USES_PER_MARK > maxUses * ALARM_SHARE };
}

/** The keys that were ever used, and how often at most. */
export function allUses(directory: string): readonly { readonly kek: string; readonly uses: number }[] {
  try {
    return readdirSync(directory)
      .toSorted()
      .map((kek) => ({ kek, uses: usesOf(directory, kek) }));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}

function usesOf(directory: string, kek: string): number {
  return (statSync(join(directory, kek), { throwIfNoEntry: false })?.size ?? 0) * USES_PER_MARK;
}
