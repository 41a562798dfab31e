import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../kit/cause.ts';
import type { RecordSink, ShippedRecord } from './record-sink.ts';
import type { ShipNews } from './ship-news.ts';
import type { SignedTail } from './signed-tail.ts';

export interface ShipperOptions {
  /** Name of the place. */
  readonly name: string;
  readonly sink: RecordSink;
  readonly tail: SignedTail;
  /** How many records are signed. @throws when that cannot be told. */
  readonly signed: () => Promise<number>;
  /** Keeps the number of the last record that is there. @throws when it could not be kept. */
  readonly keep: (through: number) => Promise<void>;
  /** Told after each step. Must not throw. */
  readonly tell: (news: ShipNews) => void;
  /** In `[0, 1)`: spreads the attempts of several instances. */
  readonly random: () => number;
}

/** How often it is looked for new records, milliseconds. */
const LOOK_EVERY_MS = 250;
/** After a failure the wait doubles from the first to the second, milliseconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/**
 * Brings the record to one place: what was signed, in order, some records at a time, each until it is there. How far it came is
 * kept after the place has taken them, so that a crash of either side brings some twice and none never.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #held: readonly ShippedRecord[] = [];
  #missing = 0;
  #refused = 0;
  #waitMs = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Brings what is signed by now, and stops at the first failure. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    // What was signed after the last look: one more, as far as that goes.
    while ((await this.#step()) === 'on');
    await this.#options.sink[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const step = await this.#step();
      if (step === 'on') continue;
      // Stopping ends the wait, by an error that says nothing more.
      await pause(step === 'idle' ? LOOK_EVERY_MS : this.#nextWait(), undefined, { signal }).catch(() => undefined);
    }
  }

  #nextWait(): number {
    this.#waitMs = Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, this.#waitMs * 2));
    return this.#waitMs * (0.5 + this.#options.random() / 2);
  }

  async #step(): Promise<'on' | 'idle' | 'failed'> {
    const { tail } = this.#options;
    let signed = tail.through;
    try {
      signed = await this.#options.signed();
      if (this.#held.length === 0) await this.#read(signed);
      const wasIdle = this.#held.length === 0;
      const shipped = await this.#deliver();
      this.#waitMs = 0;
      this.#tell({ shipped, failures: 0, behind: signed - tail.through });
      return wasIdle ? 'idle' : 'on';
    } catch (cause) {
      const behind = signed - tail.through + this.#held.length;
      this.#tell({ shipped: 0, failures: 1, behind, failing: messageOf(cause) });
      return 'failed';
    }
  }

  #tell(news: Omit<ShipNews, 'sink' | 'missing' | 'refused'>): void {
    const behind = Math.max(0, news.behind);
    this.#options.tell({ ...news, sink: this.#options.name, missing: this.#missing, refused: this.#refused, behind });
    this.#missing = 0;
    this.#refused = 0;
  }

  async #read(signed: number): Promise<void> {
    const { records, missing } = await this.#options.tail.read(signed);
    this.#held = records;
    this.#missing += missing;
  }

  async #deliver(): Promise<number> {
    const count = this.#held.length;
    if (count === 0) return 0;
    const refused = await this.#options.sink.deliver(this.#held);
    await this.#options.keep(this.#options.tail.through);
    this.#held = [];
    this.#refused += refused;
    return count - refused;
  }
}
