/** What became of spans. */
export type SpanFate = 'exported' | 'dropped' | 'failed';

/** Sends a batch. Resolves whether it was taken; bounded in time by itself. Never rejects. */
export type SendSpans<S> = (batch: readonly S[]) => Promise<boolean>;

export interface SpanQueueOptions<S> {
  /** Spans that may wait. */
  readonly maxSpans: number;
  readonly send: SendSpans<S>;
  /** Hears what became of so many spans. Never throws. */
  readonly onFate: (fate: SpanFate, spans: number) => void;
}

/** Most spans in one batch. */
const BATCH = 512;
/** Longest wait of a span for others to go with, milliseconds. */
const LINGER_MS = 1000;

/**
 * Spans on their way to a collector, one batch at a time.
 *
 * What does not fit is dropped and counted: a collector that is slow or gone costs memory for as many spans as may wait, and
 * nothing else. A batch that was not taken is not tried again here.
 */
export class SpanQueue<S> {
  readonly #options: SpanQueueOptions<S>;
  #waiting: S[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: SpanQueueOptions<S>) {
    this.#options = options;
  }

  /** Spans that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Whether so many spans could wait. When not they are counted as dropped: it need not be asked twice. */
  hasRoom(spans: number): boolean {
    const has = this.#waiting.length + spans <= this.#options.maxSpans;
    if (!has) this.#options.onFate('dropped', spans);
    return has;
  }

  /** Takes all of them, or none. Never throws and never waits. */
  push(spans: readonly S[]): void {
    if (!this.hasRoom(spans.length)) return;
    this.#waiting.push(...spans);
    if (this.#waiting.length >= BATCH) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), LINGER_MS).unref();
  }

  /** Sends what waits. Resolves when all of it was sent, or at the latest after `withinMs`; what is left then is dropped. */
  async close(withinMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, withinMs);
    await Promise.race([this.#sendAll(), late.promise]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#options.onFate('dropped', this.#waiting.length);
    this.#waiting = [];
  }

  async #sendAll(): Promise<void> {
    while (this.#sending !== undefined || this.#waiting.length > 0) {
      this.#send();
      await this.#sending;
    }
  }

  /** Sends one batch unless one is under way; the next one follows it. */
  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, BATCH);
    this.#sending = this.#deliver(batch).finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length >= BATCH) this.#send();
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#send(), LINGER_MS).unref();
    });
  }

  async #deliver(batch: readonly S[]): Promise<void> {
    const taken = await this.#options.send(batch).catch(() => false);
    this.#options.onFate(taken ? 'exported' : 'failed', batch.length);
  }
}
