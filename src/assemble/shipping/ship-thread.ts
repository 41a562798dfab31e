import { Worker } from 'node:worker_threads';
import type { ShipNews } from '../../audit/shipping/ship-news.ts';
import { errorOf } from '../../kit/cause.ts';
import { withinTime } from '../../kit/within-time.ts';
import type { ShipOrder, ShipSetup } from './ship-setup.ts';

export interface ShipThreadOptions {
  readonly setup: ShipSetup;
  /** Told of each step. Must not throw. */
  readonly onNews: (news: ShipNews) => void;
  /** Told that the thread ended by itself; it is started again. Must not throw. */
  readonly onEnd: (cause: Error) => void;
  /** Until it is started again, milliseconds. */
  readonly restartMs?: number;
}

/** How long the last records may take when the service stops, milliseconds. */
const LAST_WAY_MS = 3000;

/** The thread that brings the record to other places, as the service sees it. It has work of its own and waits for nobody. */
export class ShipThread implements AsyncDisposable {
  readonly #options: ShipThreadOptions;
  #worker: Worker;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: ShipThreadOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** Has it bring what is signed, for a short time, and ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    if (this.#timer !== undefined) return clearTimeout(this.#timer);
    const order: ShipOrder = 'close';
    this.#worker.postMessage(order, []);
    await withinTime(this.#ended.promise, LAST_WAY_MS);
    await this.#worker.terminate();
  }

  #start(): Worker {
    let cause = new Error('the thread that ships the record has ended');
    const worker = spawnShipper(this.#options.setup);
    worker.on('message', (news: ShipNews) => this.#options.onNews(news));
    worker.on('error', (error) => (cause = errorOf(error)));
    worker.on('exit', () => this.#hearEnd(cause));
    // Work to do is what keeps the process going, not a thread that follows it.
    worker.unref();
    return worker;
  }

  #hearEnd(cause: Error): void {
    this.#ended.resolve();
    if (this.#isClosing) return;
    this.#options.onEnd(cause);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#worker = this.#start();
    }, this.#options.restartMs ?? 10_000).unref();
  }
}

/** The thread next to this file: TypeScript where this file is, JavaScript in a build. */
function spawnShipper(setup: ShipSetup): Worker {
  const file = import.meta.url.endsWith('.ts') ? './ship-worker.ts' : './ship-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
  });
}
