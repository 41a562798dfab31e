import { closeSync, constants, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldKey } from './key-table.ts';
import { contentKey, sealPayload } from './payload-cipher.ts';
import { headBytes, type PayloadHead } from './payload-head.ts';
import { vaultSegmentName } from './segment-name.ts';
import { entryBytes } from './vault-framing.ts';

const APPENDED =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | (constants.O_DSYNC ?? 0);

/** A head without the number that it is given. */
export type NewHead = PayloadHead extends infer H ? (H extends PayloadHead ? Omit<H, 'number'> : never) : never;

/** One entry to be written. */
export interface NewEntry {
  readonly head: NewHead;
  /** The key of whose payload it is; absent for what is about none. */
  readonly subject?: HeldKey;
  readonly parts: readonly Uint8Array[];
}

export interface VaultSegmentOptions {
  readonly directory: string;
  readonly key: HeldKey;
  readonly nowMs: number;
  /** Writes some bytes. A parameter so that tests can have a disk that fails. */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
}

/**
 * A file that is being written, with a key that is used nowhere else.
 *
 * Every entry has the next number, which is its nonce. A number is never used twice: after a failed write the segment is cut back
 * and given up, not gone on with. What was appended is on the disk.
 */
export class VaultSegment {
  readonly openedMs: number;
  readonly #options: VaultSegmentOptions;
  readonly #path: string;
  readonly #fd: number;
  readonly #contentKeys = new Map<string, Buffer>();
  #number = 0;
  #size = 0;
  #isClosed = false;

  /** @throws what the file system said; nothing is left behind then. */
  constructor(options: VaultSegmentOptions) {
    const { directory, key, nowMs } = options;
    this.#options = options;
    this.openedMs = nowMs;
    this.#path = join(directory, vaultSegmentName(nowMs, key.id));
    this.#fd = openSync(this.#path, APPENDED, 0o600);
    this.append([{ head: { kind: 'begin', segment: key.id, time: new Date(nowMs).toISOString() }, parts: [] }]);
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#size;
  }

  /** Whether nothing can be appended any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** How many entries it has. */
  get count(): number {
    return this.#number;
  }

  /** Appends all of `entries`, or none. @throws what the file system said; nothing can be appended any more then. */
  append(entries: readonly NewEntry[]): void {
    if (this.#isClosed) throw new Error('the segment is closed');
    const bytes = Buffer.concat(entries.map((entry) => this.#sealed(entry)));
    const { write = writeSync } = this.#options;
    try {
      for (let at = 0; at < bytes.length; ) {
        const taken = write(this.#fd, bytes.subarray(at));
        if (taken === 0) throw new Error('the file takes no more bytes');
        at += taken;
      }
    } catch (cause) {
      this.#giveUp();
      throw cause;
    }
    this.#size += bytes.length;
  }

  /** Forgets what it holds to encrypt for that subject. */
  forget(subjectKeyId: string): void {
    this.#contentKeys.get(subjectKeyId)?.fill(0);
    this.#contentKeys.delete(subjectKeyId);
  }

  /** Writes that this is the end, and closes the file. @throws what the file system said. */
  close(nowMs: number): void {
    if (this.#isClosed) return;
    this.append([{ head: { kind: 'end', time: new Date(nowMs).toISOString() }, parts: [] }]);
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  #sealed({ head, subject, parts }: NewEntry): Buffer {
    const { key } = this.#options;
    const number = this.#number;
    this.#number += 1;
    const text = headBytes({ ...head, number });
    const sealed = { segment: key.id, number, head: text };
    return entryBytes(text, sealPayload(this.#contentKeyOf(subject), sealed, parts));
  }

  #contentKeyOf(subject: HeldKey | undefined): Buffer {
    const { key } = this.#options;
    const name = subject?.id ?? '';
    const held = this.#contentKeys.get(name) ?? contentKey(key.id, key.key, subject?.key);
    this.#contentKeys.set(name, held);
    return held;
  }

  /** What is half in the file goes; a file with nothing in it goes altogether. */
  #giveUp(): void {
    this.#isClosed = true;
    try {
      ftruncateSync(this.#fd, this.#size);
      if (this.#size === 0) unlinkSync(this.#path);
    } catch {
      // The torn end is told from damage when it is read.
    }
    closeSync(this.#fd);
  }
}
