import { createHash, type Hash } from 'node:crypto';
import type { VaultThread } from './vault-thread.ts';

/** RFC 7464: each message of a reply stands between these, which cannot be in JSON. */
export const RECORD_SEPARATOR = 0x1e;
const LINE_FEED = 0x0a;

/** A reply that is being collected. */
export class OpenReply {
  readonly salt: Uint8Array;
  readonly #hash: Hash;
  readonly #maxBytes: number;
  readonly #thread: Pick<VaultThread, 'reserve' | 'release'>;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #reserved = 0;
  #kept: 'whole' | 'too_long' | 'no' = 'whole';

  constructor(salt: Uint8Array, maxBytes: number, thread: Pick<VaultThread, 'reserve' | 'release'>) {
    this.salt = salt;
    this.#hash = createHash('sha256').update(salt);
    this.#maxBytes = maxBytes;
    this.#thread = thread;
  }

  /** Length of what came. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept of it so far. */
  get kept(): 'whole' | 'too_long' | 'no' {
    return this.#kept;
  }

  /** Takes a copy of a message that was passed on. */
  add(message: Uint8Array): void {
    const chunk = new Uint8Array(message.length + 2);
    chunk[0] = RECORD_SEPARATOR;
    chunk.set(message, 1);
    chunk[chunk.length - 1] = LINE_FEED;
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    if (this.#kept === 'whole' && this.#bytes > this.#maxBytes) this.#drop('too_long');
    else if (this.#kept === 'whole') this.#hold(chunk);
  }

  /** What was collected, once: what it took up is free again. */
  end(): { readonly bytes: Uint8Array; readonly commitment: string } {
    this.#thread.release(this.#reserved);
    this.#reserved = 0;
    const bytes = new Uint8Array(this.#chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    return { bytes, commitment: this.#hash.digest('hex') };
  }

  #hold(chunk: Uint8Array): void {
    if (!this.#thread.reserve(chunk.length)) return this.#drop('no');
    this.#reserved += chunk.length;
    this.#chunks.push(chunk);
  }

  #drop(kept: 'too_long' | 'no'): void {
    this.#kept = kept;
    this.#chunks = [];
    this.#thread.release(this.#reserved);
    this.#reserved = 0;
  }
}
