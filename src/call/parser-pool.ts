import { Worker } from 'node:worker_threads';
import { FairLines } from './fair-lines.ts';
import { findSpan } from './find-span.ts';
import type { JsonLimits, JsonRefusal, ParsedJson } from './parse-json.ts';
import type { ParseAnswer, ParseOrder } from './parse-worker.ts';
import type { ReasonCode } from './reason.ts';

/** A body that nobody got to read: too many wait, the thread died or took too long. */
export interface ParseFailure {
  readonly kind: 'failed';
  readonly reason: Extract<ReasonCode, 'overload.busy' | 'fault.timeout' | 'fault.internal' | 'draining'>;
}

/** Reads large bodies somewhere else than on the event loop. Never rejects. */
export interface LargeBodyParser {
  parse(bytes: Uint8Array, limits: JsonLimits): Promise<ParsedJson | JsonRefusal | ParseFailure>;
}

export interface ParserPoolOptions {
  /** Threads at most; each is started when it is first needed. */
  readonly threads: number;
  /** Bodies that may wait for a thread; one more is refused with `overload.busy`, or the last of the longest line is. */
  readonly maxWaiting: number;
  /** Longest time for one body in a thread, milliseconds; then the thread is ended and replaced. */
  readonly timeoutMs: number;
  /** Starts a thread. A parameter so that tests can hand over one that misbehaves. */
  readonly spawn: () => Worker;
}

/** One thread reads 2 MiB in 10–20 ms, so two of them and a short queue are room enough. */
export const POOL_DEFAULTS: ParserPoolOptions = {
  threads: 2,
  maxWaiting: 32,
  timeoutMs: 2000,
  spawn: spawnParser,
};

interface Job {
  readonly order: ParseOrder;
  settle(answer: ParseAnswer | ParseFailure): void;
}

/** A thread and what it is doing. */
interface Seat {
  readonly worker: Worker;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A few threads that run the strict reader on bodies too large for the event loop (DESIGN §12).
 *
 * Who sends many waits for his own: each sender has a line, and the lines are served in turn.
 *
 * A thread that crashes, hangs or runs out of memory costs the body it was reading, which is refused; the next one gets a
 * new thread. Idle threads do not keep the process alive.
 */
export class ParserPool implements AsyncDisposable {
  readonly #options: ParserPoolOptions;
  readonly #seats = new Set<Seat>();
  readonly #waiting: FairLines<Job>;
  #closed = false;

  constructor(options: ParserPoolOptions = POOL_DEFAULTS) {
    this.#options = options;
    this.#waiting = new FairLines(options.maxWaiting);
  }

  /** Where bodies of `sender` are read. */
  for(sender: string): LargeBodyParser {
    return { parse: (bytes, limits) => this.#parse(bytes, limits, sender) };
  }

  async #parse(
    bytes: Uint8Array,
    limits: JsonLimits,
    sender: string,
  ): Promise<ParsedJson | JsonRefusal | ParseFailure> {
    if (this.#closed) return { kind: 'failed', reason: 'draining' };
    const { promise, resolve } = Promise.withResolvers<ParseAnswer | ParseFailure>();
    // A copy of its own: it is handed over to the thread, and what is forwarded stays here.
    const job: Job = { order: { bytes: Uint8Array.from(bytes), limits }, settle: resolve };
    this.#waiting.join(sender, job)?.settle({ kind: 'failed', reason: 'overload.busy' });
    this.#dispatch();
    const answer = await promise;
    return answer.kind === 'json' ? { ...answer, spanOf: (path) => findSpan(bytes, path) } : answer;
  }

  /** Refuses what waits or runs, and ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (let job = this.#waiting.next(); job !== undefined; job = this.#waiting.next()) {
      job.settle({ kind: 'failed', reason: 'draining' });
    }
    await Promise.all([...this.#seats].map((seat) => this.#dismiss(seat, 'draining')));
  }

  #dispatch(): void {
    while (this.#waiting.size > 0) {
      const seat = this.#freeSeat();
      if (seat === 'none-free') return;
      const job = this.#waiting.next();
      if (seat === 'none-starts') job?.settle({ kind: 'failed', reason: 'fault.internal' });
      else if (job !== undefined) this.#begin(seat, job);
    }
  }

  #freeSeat(): Seat | 'none-free' | 'none-starts' {
    for (const seat of this.#seats) if (seat.job === undefined) return seat;
    if (this.#seats.size >= this.#options.threads) return 'none-free';
    try {
      return this.#addSeat();
    } catch {
      return 'none-starts';
    }
  }

  #addSeat(): Seat {
    const seat: Seat = { worker: this.#options.spawn(), job: undefined, timer: undefined };
    seat.worker.on('message', (answer: ParseAnswer) => this.#finish(seat, answer));
    seat.worker.on('messageerror', () => void this.#dismiss(seat, 'fault.internal'));
    seat.worker.on('error', () => void this.#dismiss(seat, 'fault.internal'));
    seat.worker.on('exit', () => void this.#dismiss(seat, 'fault.internal'));
    this.#seats.add(seat);
    return seat;
  }

  #begin(seat: Seat, job: Job): void {
    seat.job = job;
    seat.timer = setTimeout(() => void this.#dismiss(seat, 'fault.timeout'), this.#options.timeoutMs);
    seat.worker.ref();
    seat.worker.postMessage(job.order, [job.order.bytes.buffer as ArrayBuffer]);
  }

  #finish(seat: Seat, answer: ParseAnswer | ParseFailure): void {
    const { job } = seat;
    clearTimeout(seat.timer);
    seat.job = undefined;
    seat.worker.unref();
    job?.settle(answer);
    this.#dispatch();
  }

  /** Takes a thread out of service; what it was reading is refused. Also called for one that is gone already. */
  async #dismiss(seat: Seat, reason: ParseFailure['reason']): Promise<void> {
    if (!this.#seats.delete(seat)) return;
    this.#finish(seat, { kind: 'failed', reason });
    await seat.worker.terminate();
  }
}

/** The thread next to this file: TypeScript where this file is, JavaScript in a build. */
function spawnParser(): Worker {
  const file = import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js';
  return new Worker(new URL(file, import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 256 } });
}
