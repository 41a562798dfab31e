import { Worker } from 'node:worker_threads';
import { CheckpointKeyError } from '../checkpoint/checkpoint-key.ts';
import { LogDamagedError } from '../open-log.ts';
import type { OpenedSigner, SignerFailure, SignerNews, SignerOrder, SignerSetup } from './messages.ts';

export interface SignerThreadOptions extends SignerSetup {
  /** Told of each checkpoint that was signed. Must not throw. */
  readonly onCheckpoint: (note: string) => void;
  /** Told of each checkpoint that could not be made. Must not throw. */
  readonly onCheckpointFailure: (cause: Error) => void;
  /** Starts the thread. A parameter so that tests can hand over one that misbehaves. */
  readonly spawn?: (setup: SignerSetup) => Worker;
}

/** How long the disk may take to close the log, milliseconds. */
const CLOSE_WITHIN_MS = 10_000;

/** The thread is gone: nothing can be made durable any more until the service is started again. */
export class SignerGoneError extends Error {
  override readonly name = 'SignerGoneError';

  constructor() {
    super('the thread that makes the record durable has ended');
  }
}

interface Asked<T> {
  resolve(value: T): void;
  reject(cause: Error): void;
}

/** The thread that makes the record durable and signs it, as the service sees it. */
export class SignerThread {
  readonly #worker: Worker;
  readonly #options: SignerThreadOptions;
  readonly #opening = Promise.withResolvers<OpenedSigner>();
  readonly #closing = Promise.withResolvers<void>();
  #syncs: Asked<number>[] = [];
  #isGone = false;

  private constructor(options: SignerThreadOptions) {
    this.#options = options;
    const { onCheckpoint: _told, onCheckpointFailure: _failed, spawn = spawnSigner, ...setup } = options;
    this.#worker = spawn(setup);
    this.#worker.on('message', (news: SignerNews) => this.#hear(news));
    this.#worker.on('error', (cause) => this.#end(cause instanceof Error ? cause : new SignerGoneError()));
    this.#worker.on('exit', () => this.#end(new SignerGoneError()));
  }

  /**
   * Starts the thread and opens the log.
   *
   * @throws LogDamagedError, CheckpointKeyError, or what the file system said.
   */
  static async open(options: SignerThreadOptions): Promise<{ thread: SignerThread; opened: OpenedSigner }> {
    const thread = new SignerThread(options);
    const opened = await thread.#opening.promise;
    // Work to do is what keeps the process going, not a thread that waits for it.
    thread.#worker.unref();
    return { thread, opened };
  }

  /** Resolves to `through` when the records up to that number, which write(2) has taken, are on the disk. @throws why not. */
  sync(through: number): Promise<number> {
    if (this.#isGone) return Promise.reject(new SignerGoneError());
    return new Promise((resolve, reject) => {
      this.#syncs.push({ resolve, reject });
      this.#worker.ref();
      this.#order({ kind: 'sync', through });
    });
  }

  /**
   * Signs the last checkpoint, of the records up to number `through`, and ends the thread; gives up on a disk that does not
   * answer.
   */
  async close(through: number): Promise<void> {
    if (this.#isGone) return;
    this.#worker.ref();
    this.#order({ kind: 'close', through });
    const timer = setTimeout(() => this.#end(new SignerGoneError()), CLOSE_WITHIN_MS);
    await this.#closing.promise;
    clearTimeout(timer);
    this.#worker.unref();
  }

  #order(order: SignerOrder): void {
    this.#worker.postMessage(order, []);
  }

  #hear(news: SignerNews): void {
    switch (news.kind) {
      case 'opened':
        return this.#opening.resolve(news);
      case 'not-opened':
        return this.#opening.reject(errorOf(news.failure));
      case 'synced':
        return this.#settleSync()?.resolve(news.through);
      case 'not-synced':
        return this.#settleSync()?.reject(errorOf(news.failure));
      case 'checkpoint':
        return this.#options.onCheckpoint(news.note);
      case 'no-checkpoint':
        return this.#options.onCheckpointFailure(errorOf(news.failure));
      case 'closed':
        return this.#end(new SignerGoneError());
    }
  }

  #settleSync(): Asked<number> | undefined {
    const asked = this.#syncs.shift();
    if (this.#syncs.length === 0) this.#worker.unref();
    return asked;
  }

  /** Whoever waits is told; later ones are refused at once. */
  #end(cause: Error): void {
    this.#isGone = true;
    this.#opening.reject(cause);
    for (const asked of this.#syncs.splice(0)) asked.reject(cause);
    this.#closing.resolve();
  }
}

function errorOf({ name, message, code }: SignerFailure): Error {
  if (name === 'LogDamagedError') return new LogDamagedError(message);
  if (name === 'CheckpointKeyError') return new CheckpointKeyError(message);
  const error = new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}

/** The thread next to this file: TypeScript where this file is, JavaScript in a build. */
function spawnSigner(setup: SignerSetup): Worker {
  const file = import.meta.url.endsWith('.ts') ? './signer-worker.ts' : './signer-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
  });
}
