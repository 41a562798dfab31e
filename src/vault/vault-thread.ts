import { Worker } from 'node:worker_threads';
import type { VaultOrder, VaultReport, VaultSetup } from './messages.ts';
import { addCounts, countPayloads, type KeptPayload, NO_PAYLOADS, type PayloadCounts } from './kept-payload.ts';
import type { Shred } from './shreds.ts';
import { VaultError } from './vault-error.ts';
import type { VaultNews } from './vault-writer.ts';

export interface VaultThreadOptions {
  readonly setup: VaultSetup;
  /** Payloads that wait for the disk may take so much memory, with those that are being collected. */
  readonly maxQueuedBytes: number;
  /** Told of each batch, and now and then of how it is. Must not throw. */
  readonly onNews: (news: VaultNews) => void;
  /** Told of keys that were deleted and are not in the record yet. @returns when they are. */
  readonly onShred: (shred: Shred) => Promise<void>;
  /** Told that the thread is gone: nothing is kept any more until the service is started again. Must not throw. */
  readonly onEnd: (cause: Error) => void;
}

/** What a payload takes beside its bytes, about. */
const OVERHEAD_BYTES = 512;
/** How long payloads are collected before they are handed over together, milliseconds. */
const COLLECT_MS = 5;
const CLOSE_WITHIN_MS = 10_000;

/** The thread that writes payloads, as the service sees it. Handing one over never waits, and never fails. */
export class VaultThread {
  readonly #options: VaultThreadOptions;
  readonly #worker: Worker;
  readonly #opening = Promise.withResolvers<void>();
  readonly #closing = Promise.withResolvers<void>();
  /** What was handed over and is not written yet, batch by batch. */
  readonly #asked: number[] = [];
  #batch: KeptPayload[] = [];
  #lost: PayloadCounts = NO_PAYLOADS;
  #timer: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  #isGone = false;

  private constructor(options: VaultThreadOptions) {
    this.#options = options;
    this.#worker = spawnVault(options.setup);
    this.#worker.on('message', (report: VaultReport) => this.#hear(report));
    this.#worker.on('error', (cause) => this.#end(cause instanceof Error ? cause : new Error(String(cause))));
    this.#worker.on('exit', () => this.#end(new VaultError('the thread of the payload vault has ended')));
  }

  /** @throws VaultError, or what the file system said. */
  static async open(options: VaultThreadOptions): Promise<VaultThread> {
    const thread = new VaultThread(options);
    await thread.#opening.promise;
    // Calls are what keeps the process going, not a thread that waits for them.
    thread.#worker.unref();
    return thread;
  }

  /** Takes up memory for so many bytes more; `false` when there is no room. */
  reserve(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#options.maxQueuedBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** Gives up what was reserved. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /**
   * Hands a payload over, whose bytes are each in memory of their own; `false` when there is no room for it. What was reserved for it
   * is to be released before.
   */
  post(payload: KeptPayload): boolean {
    if (this.#isGone || !this.reserve(payload.bytes.length + OVERHEAD_BYTES)) return false;
    this.#batch.push(payload);
    this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
    return true;
  }

  /** Counts a payload that is not kept. */
  lose(kind: KeptPayload['kind']): void {
    this.#lost = addCounts(this.#lost, countPayloads([{ kind }]));
    this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  /** Writes what waits and ends the thread; gives up on a disk that does not answer. */
  async close(): Promise<void> {
    this.#flush();
    if (this.#isGone) return;
    this.#worker.ref();
    this.#order({ kind: 'close' });
    const timer = setTimeout(() => this.#closing.resolve(), CLOSE_WITHIN_MS);
    await this.#closing.promise;
    clearTimeout(timer);
    this.#isGone = true;
    this.#worker.unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [batch, lost] = [this.#batch, this.#lost];
    if (this.#isGone || (batch.length === 0 && lost.arguments + lost.reply === 0)) return;
    const bytes = batch.reduce((sum, payload) => sum + payload.bytes.length + OVERHEAD_BYTES, 0);
    this.#asked.push(bytes);
    [this.#batch, this.#lost] = [[], NO_PAYLOADS];
    const moved = batch.flatMap(({ salt, bytes: own }) => [salt.buffer, own.buffer] as ArrayBuffer[]);
    this.#order({ kind: 'write', batch, lost }, moved);
  }

  /** `moved` is taken away from here instead of copied. */
  #order(order: VaultOrder, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(order, moved);
  }

  #hear(report: VaultReport): void {
    switch (report.kind) {
      case 'opened':
        return this.#opening.resolve();
      case 'not-opened':
        return this.#opening.reject(new VaultError(report.message));
      case 'written':
        this.release(this.#asked.shift() ?? 0);
        return this.#options.onNews(report.news);
      case 'state':
        return this.#options.onNews(report.news);
      case 'shredded':
        return void this.#record(report.shreds);
      case 'closed':
        this.#isGone = true;
        return this.#closing.resolve();
    }
  }

  async #record(shreds: readonly Shred[]): Promise<void> {
    try {
      for (const shred of shreds) {
        await this.#options.onShred(shred);
        this.#order({ kind: 'recorded', id: shred.id });
      }
    } catch {
      // The record says elsewhere that it cannot be written; what was deleted is told again after the next start.
    }
  }

  /** Whatever waits is not kept. */
  #end(cause: Error): void {
    this.#opening.reject(cause);
    this.#closing.resolve();
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onEnd(cause);
  }
}

/** The thread next to this file: TypeScript where this file is, JavaScript in a build. */
function spawnVault(setup: VaultSetup): Worker {
  const file = import.meta.url.endsWith('.ts') ? './vault-worker.ts' : './vault-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
  });
}
