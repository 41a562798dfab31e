import { join } from 'node:path';
import type { SegmentFiles } from './segment-files.ts';
import { segmentName } from './segment-name.ts';

export interface SegmentWriterOptions {
  readonly directory: string;
  readonly files: SegmentFiles;
  /** A segment that would grow beyond this many bytes is closed first. */
  readonly segmentBytes: number;
}

/**
 * Appends whole batches to the current segment: all of a batch is in the file, or none.
 *
 * After a failed write the file is cut back to what was whole before; as long as that fails too, nothing is appended. Not
 * for concurrent use: one `append` at a time.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #fd: number | undefined;
  #size = 0;
  #isTorn = false;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /**
   * Appends `bytes`, whose first record has number `sequence`; resolves when write(2) has taken all of them.
   *
   * @throws what the file system said; the log is then as it was before.
   */
  async append(bytes: Uint8Array, sequence: number): Promise<void> {
    await this.#mend();
    if (this.#fd !== undefined && this.#size > 0 && this.#size + bytes.length > this.#options.segmentBytes) {
      await this.close();
    }
    const { directory, files } = this.#options;
    this.#fd ??= await files.create(join(directory, segmentName(sequence)));
    this.#isTorn = true;
    for (let at = 0; at < bytes.length; ) {
      const taken = await this.#writeSome(this.#fd, bytes.subarray(at));
      at += taken;
    }
    this.#isTorn = false;
    this.#size += bytes.length;
  }

  /** Closes the current segment. The next `append` begins a new one. */
  async close(): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return;
    await this.#mend();
    this.#fd = undefined;
    this.#size = 0;
    await this.#options.files.close(fd);
  }

  async #writeSome(fd: number, bytes: Uint8Array): Promise<number> {
    const taken = await this.#options.files.write(fd, bytes);
    if (taken > 0) return taken;
    throw new Error('the file takes no more bytes');
  }

  /** Cuts off what a failed write left. */
  async #mend(): Promise<void> {
    if (!this.#isTorn || this.#fd === undefined) return;
    await this.#options.files.truncate(this.#fd, this.#size);
    this.#isTorn = false;
  }
}
