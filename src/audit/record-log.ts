import { frameBound, writeFrame, MAX_PAYLOAD_BYTES } from './framing.ts';
import type { RecordKind } from './record-shape.ts';
import { numbered, type RecordText } from './record-text.ts';
import type { SyncGate } from './sync-gate.ts';

/** Records that could not be written since the last gap record. */
export interface Loss {
  readonly lost: ReadonlyMap<string, number>;
  readonly sinceMs: number;
  readonly why: string;
}

export interface RecordLogOptions {
  readonly writer: {
    /** Resolves when write(2) has taken the frames. `sequence` is that of the first. */
    append(bytes: Uint8Array, sequence: number): Promise<void>;
    /** `through`: number of the last record that was appended. */
    close(through: number): Promise<void>;
  };
  /** Where those wait whose records must be on the disk. */
  readonly gate: Pick<SyncGate, 'isLate' | 'written' | 'synced' | 'close'>;
  /** Number of the first record that will be written. */
  readonly nextSequence: number;
  /** Most UTF-16 code units that wait for the disk. */
  readonly maxQueuedLength: number;
  readonly nowMs: () => number;
  /** The record that says what was lost. */
  readonly describeLoss: (loss: Loss) => RecordText;
  /** Told of each failed write and of the first good one after it. Must not throw. */
  readonly onState: (state: LogState) => void;
  /** Told of each record that is counted instead of written. Must not throw. */
  readonly onLoss: (kind: RecordKind) => void;
}

export type LogState = { readonly kind: 'writing' } | { readonly kind: 'failing'; readonly cause: unknown };

/** The waiting records fill the memory they may take. */
export class LogFullError extends Error {
  override readonly name = 'LogFullError';

  constructor() {
    super('the record cannot keep up: too many records wait for the disk');
  }
}

/** How safe a record is before whoever wrote it goes on: taken by write(2), or on the disk. */
export type Safety = 'written' | 'synced';

interface Waiting {
  readonly text: RecordText;
  /** Present for those who wait. */
  readonly settle?: { readonly safety: Safety; resolve(): void; reject(cause: unknown): void };
}

const BATCH_BYTES = 256 * 1024;
/** How long a record that nobody waits for may wait for one that somebody does, milliseconds. */
const LINGER_MS = 5;

/**
 * Numbers records and writes them in groups: what arrives while a write is under way goes into the next one, and what nobody
 * waits for goes with the next record that somebody does, or some milliseconds later.
 *
 * Numbers are given when a record is written, so the log has no holes; what is lost is said by a gap record, written before
 * the next record.
 */
export class RecordLog {
  readonly #options: RecordLogOptions;
  #queue: Waiting[] = [];
  #queuedLength = 0;
  #nextSequence: number;
  #writing: Promise<void> | undefined;
  #lingering = false;
  #loss: { lost: Map<string, number>; sinceMs: number; why: string } | undefined;
  #isFailing = false;
  #isClosed = false;
  #buffer = Buffer.allocUnsafe(BATCH_BYTES);

  constructor(options: RecordLogOptions) {
    this.#options = options;
    this.#nextSequence = options.nextSequence;
  }

  /** UTF-16 code units that wait for the disk. */
  get queuedLength(): number {
    return this.#queuedLength;
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  /**
   * Resolves when the record is as safe as asked. While the disk lags behind the bound, one that is only `written` waits for
   * it as well.
   *
   * @throws LogFullError, LogSlowError, or what the file system said: nothing may be done then that the record speaks of.
   */
  append(text: RecordText, safety: Safety): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the log is closed'));
    if (!this.#hasRoom(text, 1)) return Promise.reject(new LogFullError());
    return new Promise((resolve, reject) => this.#enqueue({ text, settle: { safety, resolve, reject } }));
  }

  /** Queues the record while less than `share` (0 … 1) of the room is taken, else counts it as lost. Never throws. */
  post(text: RecordText, share: number): void {
    if (this.#isClosed) this.lose(text.kind, 'the log is closed');
    else if (this.#hasRoom(text, share)) this.#enqueue({ text });
    else this.lose(text.kind, 'too many records wait for the disk');
  }

  /** Counts a record that will not be written. */
  lose(kind: RecordKind, why: string): void {
    this.#options.onLoss(kind);
    this.#loss ??= { lost: new Map(), sinceMs: this.#options.nowMs(), why };
    this.#loss.lost.set(kind, (this.#loss.lost.get(kind) ?? 0) + 1);
  }

  /** Resolves when everything queued has been written or lost. */
  async flush(): Promise<void> {
    if (this.#queue.length > 0) this.#start();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Tries to write what is known to be lost; to be called from time to time while the log is failing. */
  async probe(): Promise<void> {
    if (this.#loss === undefined) return;
    this.#start();
    await this.flush();
  }

  /** Flushes, says what was lost, and closes the segment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    await this.probe();
    await this.#options.gate.close();
    await this.#options.writer.close(this.#nextSequence - 1);
  }

  /** Also false for a record that could not be read back; the shapes are bounded, so none is that long. */
  #hasRoom(text: RecordText, share: number): boolean {
    if (lengthOf(text) * 3 > MAX_PAYLOAD_BYTES) return false;
    return this.#queuedLength < this.#options.maxQueuedLength * share;
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#queuedLength += lengthOf(waiting.text);
    if (waiting.settle === undefined) this.#startSoon();
    else this.#start();
  }

  #startSoon(): void {
    if (this.#lingering || this.#writing !== undefined) return;
    this.#lingering = true;
    setTimeout(() => {
      this.#lingering = false;
      if (this.#queue.length > 0) this.#start();
    }, LINGER_MS);
  }

  #start(): void {
    this.#writing ??= this.#run();
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that calls which arrived together share a write.
    await new Promise((resolve) => setImmediate(resolve));
    do {
      await this.#writeBatch(this.#takeBatch());
    } while (this.#queue.length > 0);
    this.#writing = undefined;
  }

  #takeBatch(): readonly Waiting[] {
    let bound = 0;
    let count = 0;
    for (const { text } of this.#queue) {
      bound += frameBound(lengthOf(text));
      if (count > 0 && bound > BATCH_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const loss = this.#loss;
    this.#loss = undefined;
    try {
      const texts = batch.map(({ text }) => text);
      if (loss !== undefined) texts.unshift(this.#options.describeLoss(loss));
      if (texts.length > 0) await this.#options.writer.append(this.#encode(texts), this.#nextSequence);
      this.#nextSequence += texts.length;
      this.#settle(batch);
    } catch (cause) {
      this.#restore(loss);
      this.#fail(batch, cause);
    }
  }

  #encode(texts: readonly RecordText[]): Buffer {
    const bound = texts.reduce((sum, text) => sum + frameBound(lengthOf(text)), 0);
    const buffer = bound <= BATCH_BYTES ? this.#buffer : Buffer.allocUnsafe(bound);
    let end = 0;
    for (const [index, text] of texts.entries()) {
      end = writeFrame(buffer, end, numbered(text, this.#nextSequence + index));
    }
    return buffer.subarray(0, end);
  }

  #settle(batch: readonly Waiting[]): void {
    const { gate } = this.#options;
    if (batch.length > 0) gate.written(this.#nextSequence - 1);
    for (const [index, { text, settle }] of batch.entries()) {
      this.#queuedLength -= lengthOf(text);
      if (settle === undefined) continue;
      const isSafe = settle.safety === 'written' && !gate.isLate;
      if (isSafe) settle.resolve();
      else gate.synced(this.#nextSequence - batch.length + index).then(settle.resolve, settle.reject);
    }
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#options.onState({ kind: 'writing' });
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    for (const { text, settle } of batch) {
      this.#queuedLength -= lengthOf(text);
      if (settle === undefined) this.lose(text.kind, cause instanceof Error ? cause.message : 'the write failed');
      else settle.reject(cause);
    }
    this.#isFailing = true;
    this.#options.onState({ kind: 'failing', cause });
  }

  /** The gap record itself was not written: its counts are still owed, with what was lost meanwhile. */
  #restore(loss: Loss | undefined): void {
    if (loss === undefined) return;
    const lost = new Map(loss.lost);
    for (const [kind, count] of this.#loss?.lost ?? []) lost.set(kind, (lost.get(kind) ?? 0) + count);
    this.#loss = { lost, sinceMs: loss.sinceMs, why: loss.why };
  }
}

function lengthOf({ before, after }: RecordText): number {
  return before.length + after.length + 16;
}
