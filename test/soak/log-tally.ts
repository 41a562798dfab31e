/** Where a served process says it can be reached. */
export interface Ready {
  readonly origin: string;
  readonly operator: string;
}

const MAX_STRAYS = 20;

/** What a process logged, counted and not kept. */
export class LogTally {
  readonly #lines = new Map<string, number>();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #strays: string[] = [];
  #bytes = 0;

  /** Resolves with its line `ready`. */
  get ready(): Promise<Ready> {
    return this.#ready.promise;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Level and message of the lines → how many there were. */
  get lines(): ReadonlyMap<string, number> {
    return this.#lines;
  }

  /** The first lines that were no log lines. */
  get strays(): readonly string[] {
    return this.#strays;
  }

  add(line: string): void {
    this.#bytes += Buffer.byteLength(line) + 1;
    const { level, msg, listeners, operator } = JSON.parse(line) as Record<string, unknown>;
    const kind = `${String(level)}: ${String(msg)}`;
    this.#lines.set(kind, (this.#lines.get(kind) ?? 0) + 1);
    if (msg === 'ready')
      this.#ready.resolve({ origin: String((listeners as string[])[0]), operator: String(operator) });
  }

  addStray(line: string): void {
    this.#bytes += Buffer.byteLength(line) + 1;
    if (this.#strays.length < MAX_STRAYS) this.#strays.push(line);
  }
}
