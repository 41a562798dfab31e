import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Whoever can put a pipe there must not make a reader wait for ever. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

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
   * @throws when it is not there, is no regular file, cannot be read, or is too large. What is no regular file may have no end.
   */
  async read(): Promise<Uint8Array | 'unchanged'> {
    await using file = await open(this.path, READ);
    const stat = await file.stat({ bigint: true });
    if (!stat.isFile()) throw new Error('no regular file');
    const { ino, size, mtimeNs, ctimeNs } = stat;
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
