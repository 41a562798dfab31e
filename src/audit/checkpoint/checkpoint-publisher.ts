import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { NoteError, type NoteVerifier } from './signed-note.ts';

/** A place outside the instance that keeps the last checkpoint of a log. `stores/checkpoints/` fills it. */
export interface CheckpointSink {
  /** Takes the place of what was kept. @throws when that could not be done. */
  put(note: string): Promise<void>;
  /** What is kept; `undefined` when nothing is. @throws when that cannot be told. */
  last(): Promise<string | undefined>;
}

/** How it is with the place outside. */
export type PublisherState =
  | { readonly kind: 'publishing' }
  | { readonly kind: 'failing'; readonly cause: unknown }
  /**
   * What is kept there is not of the begin of this log: this one was cut or taken back, and may have grown beyond it since, with
   * other records.
   */
  | { readonly kind: 'behind'; readonly here: number; readonly outside: number };

export interface CheckpointPublisherOptions {
  readonly sink: CheckpointSink;
  readonly verifier: NoteVerifier;
  /** The root over the first `size` of the `here` records that this log has signed. @throws when that cannot be told. */
  readonly rootAt: (size: number, here: number) => Buffer;
  /** Told of each change. Must not throw. */
  readonly onState: (state: PublisherState) => void;
  /** How long it waits after a failure, milliseconds. */
  readonly retryMs?: number;
}

/**
 * Brings checkpoints to a place outside, one at a time and always the newest: a slow place gets fewer of them, and nobody waits
 * for it.
 *
 * Before the first it looks at what is kept there. A checkpoint that this log has signed and does not begin with any more is left
 * as it is: it is what shows that this log was cut or taken back.
 */
export class CheckpointPublisher {
  readonly #options: CheckpointPublisherOptions;
  #next: string | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: PublisherState['kind'] = 'publishing';
  #hasLooked = false;

  constructor(options: CheckpointPublisherOptions) {
    this.#options = options;
  }

  /** Has the checkpoint brought there when it is its turn. Never throws. */
  publish(note: string): void {
    this.#next = note;
    if (this.#timer === undefined) this.#start();
  }

  /** Resolves when the newest checkpoint was brought there, or that failed once more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
    this.#start();
    await this.#running;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined && this.#state !== 'behind') {
      const note = this.#next;
      this.#next = undefined;
      try {
        if (!this.#hasLooked) await this.#look(note);
        if (this.#mayPublish()) await this.#put(note);
      } catch (cause) {
        this.#next ??= note;
        this.#tell({ kind: 'failing', cause });
        this.#timer = setTimeout(() => this.#start(), this.#options.retryMs ?? 5000).unref();
        return;
      }
    }
  }

  #mayPublish(): boolean {
    return this.#state !== 'behind';
  }

  async #put(note: string): Promise<void> {
    await this.#options.sink.put(note);
    this.#tell({ kind: 'publishing' });
  }

  async #look(note: string): Promise<void> {
    const { sink, verifier } = this.#options;
    const kept = await sink.last();
    const outside = kept === undefined ? undefined : ownCheckpoint(kept, verifier);
    const here = ownCheckpoint(note, verifier)?.size ?? 0;
    if (outside !== undefined && !this.#beginsWith(outside, here))
      this.#tell({ kind: 'behind', here, outside: outside.size });
    this.#hasLooked = true;
  }

  #beginsWith({ size, root }: Checkpoint, here: number): boolean {
    return size <= here && this.#options.rootAt(size, here).equals(root);
  }

  #tell(state: PublisherState): void {
    if (state.kind === this.#state) return;
    this.#state = state.kind;
    this.#options.onState(state);
  }
}

/** What a checkpoint says; `undefined` for one that this log did not sign. */
function ownCheckpoint(note: string, verifier: NoteVerifier): Checkpoint | undefined {
  try {
    return openCheckpoint(note, verifier);
  } catch (cause) {
    if (cause instanceof NoteError) return undefined;
    throw cause;
  }
}
