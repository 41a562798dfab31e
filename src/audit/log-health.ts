import type { LogState } from './record-log.ts';

/** What can fail: appending records, and making them durable. */
type Part = 'write' | 'sync';

/** Whether the log can be relied on: neither its last write nor its last sync failed. Tells of each change. */
export class LogHealth {
  readonly #onState: (state: LogState) => void;
  readonly #failing = new Set<Part>();

  constructor(onState: (state: LogState) => void) {
    this.#onState = onState;
  }

  get isFailing(): boolean {
    return this.#failing.size > 0;
  }

  /** A part has failed with `failure`, or works again. */
  hear(part: Part, failure: { readonly cause: unknown } | undefined): void {
    if (failure !== undefined) {
      this.#failing.add(part);
      this.#onState({ kind: 'failing', cause: failure.cause });
    } else if (this.#failing.delete(part) && !this.isFailing) this.#onState({ kind: 'writing' });
  }
}
