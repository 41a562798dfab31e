import { join } from 'node:path';
import { signCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NoteSigner } from '../checkpoint/signed-note.ts';
import { leafHashInPlace } from '../tree/hash-tree.ts';
import { replaceSynced, writeTile } from '../tree/tile-files.ts';
import type { TreeEdge, TreeMoment } from '../tree/tree-edge.ts';
import { persist } from './persist.ts';
import { SegmentTail } from './segment-tail.ts';

/** Name of the file with the last checkpoint, in the directory of the log (C2SP tlog-tiles). */
export const CHECKPOINT_FILE = 'checkpoint';

export interface LogSignerOptions {
  readonly directory: string;
  /** The tree over all records that are in the log. */
  readonly edge: TreeEdge;
  readonly signer: NoteSigner;
}

/**
 * Follows a log that is being written: makes it durable, grows the tree over it, and signs checkpoints.
 *
 * A checkpoint is made only of what is on the disk, and after the tiles that it needs: what was signed can be shown.
 */
export class LogSigner {
  readonly #options: LogSignerOptions;
  readonly #tail: SegmentTail;
  #signedSize: number;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: LogSignerOptions) {
    this.#options = options;
    this.#tail = new SegmentTail(options.directory, options.edge.size + 1);
    // A log without a record needs no checkpoint; another gets one for what was not signed when the service last ended.
    this.#signedSize = options.edge.size === 0 ? 0 : -1;
  }

  /**
   * Resolves when the records up to number `through`, which write(2) has taken, are on the disk and in the tree.
   *
   * @throws LogChangedError, or what the file system said; what was written may then be lost by a crash of the host.
   */
  sync(through: number): Promise<void> {
    return this.#inTurn(() => this.#sync(through));
  }

  /**
   * Signs what was synced; `undefined` when that has not grown since the last time.
   *
   * @throws LogChangedError, or what the file system said; the next checkpoint makes up for it.
   */
  checkpoint(): Promise<string | undefined> {
    return this.#inTurn(() => this.#sign());
  }

  /** Makes the last checkpoint, of the records up to number `through`. */
  async close(through: number): Promise<string | undefined> {
    try {
      await this.sync(through);
      return await this.checkpoint();
    } finally {
      this.#tail.close();
    }
  }

  /** One after the other: a sync that came during a checkpoint waits for it, not for more than one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#working.then(work, work);
    this.#working = turn;
    return turn;
  }

  async #sync(through: number): Promise<void> {
    const { edge } = this.#options;
    this.#tail.read(through, (bytes, start, end) => edge.add(leafHashInPlace(bytes, start, end)));
    for (const { path, from, to } of this.#tail.stretches) await persist(path, from, to);
    this.#tail.forget();
  }

  async #sign(): Promise<string | undefined> {
    const { edge, signer, directory } = this.#options;
    if (edge.size === this.#signedSize) return undefined;
    await this.#sync(edge.size);
    const moment = edge.moment();
    try {
      await this.#keep(moment);
      const note = signCheckpoint(moment, signer);
      await replaceSynced(join(directory, CHECKPOINT_FILE), note);
      this.#signedSize = moment.size;
      return note;
    } catch (cause) {
      edge.owe(moment.tiles);
      throw cause;
    }
  }

  async #keep({ tiles }: TreeMoment): Promise<void> {
    for (const tile of tiles) await writeTile(this.#options.directory, tile);
  }
}
