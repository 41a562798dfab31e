import { open } from 'node:fs/promises';

/** A file that is read again only when it has changed. */
export class ChangedFile {
  readonly path: string;
  readonly #maxBytes: number;
  #seen = '';

  /** A file larger than `maxBytes` is an error, not a prefix. */
  constructor(path: string, maxBytes: number) {
    this.path = path;
    this.#maxBytes = maxBytes;
  }

  /**
   * The whole content, or `unchanged` since the last call that gave it.
   *
   * @throws when it is not there, cannot be read, or is too large.
   */
  async read(): Promise<Uint8Array | 'unchanged'> {
    await using file = await open(this.path, 'r');
    const { ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
    const version = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    if (version === this.#seen) return 'unchanged';
    if (size > BigInt(this.#maxBytes)) throw new Error(`larger than ${this.#maxBytes} bytes`);
    const content = await file.readFile();
    if (content.length > this.#maxBytes) throw new Error(`larger than ${this.#maxBytes} bytes`);
    this.#seen = version;
    return content;
  }

  /** Makes the next `read()` give the content again: what it gave was not usable. */
  forget(): void {
    this.#seen = '';
  }
}
