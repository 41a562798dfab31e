import { Buffer } from 'node:buffer';
import { parseJson, MESSAGE_LIMITS } from '../../call/parse-json.ts';
import type { TokenUsage } from '../../decision/token-usage.ts';
import { readUsage } from './read-usage.ts';
import type { UsageFormat } from './usage-terms.ts';

/** What was read of a reply. */
export interface ReadUsage {
  /** What it says so far; what it does not say counts as 0. */
  readonly usage: TokenUsage;
  /** Whether that can be all: nothing was passed over. */
  readonly isWhole: boolean;
}

/** Most bytes of a JSON reply, or of one line of a stream, that are looked at: more would hold the event loop. */
const MOST_BYTES = 256 * 1024;
const LIMITS = { ...MESSAGE_LIMITS, maxBytes: MOST_BYTES };
const LINE_END = 10;
const DATA = Buffer.from('data:');
const NAME = Buffer.from('"usage"');
/** What says nothing, as most events of a stream do that will say it at its end, is not parsed. */
const SAYS_SOMETHING = /"usage"\s*:\s*\{/;

/**
 * Looks at a reply while it passes, and remembers what it says of the tokens that were used. It holds nothing up, keeps 256 KiB at
 * most, and parses what holds `"usage"` and nothing else. Never throws.
 */
export class UsageReader {
  readonly #format: UsageFormat;
  readonly #isStream: boolean;
  #usage: Partial<TokenUsage> | undefined;
  #kept: Uint8Array[] = [];
  #size = 0;
  #isWhole = true;

  /** @param isStream Whether it is `text/event-stream`; else it is one JSON text. */
  constructor(format: UsageFormat, isStream: boolean) {
    this.#format = format;
    this.#isStream = isStream;
  }

  /** Sees bytes that pass. */
  push(chunk: Uint8Array): void {
    if (!this.#isStream) return this.#keep(chunk);
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#look();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What was said, when the reply is over; `undefined` when nothing was. */
  end(): ReadUsage | undefined {
    this.#look();
    if (this.#usage === undefined) return undefined;
    const nothing = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    return { usage: { ...nothing, ...this.#usage }, isWhole: this.#isWhole };
  }

  #keep(part: Uint8Array): void {
    this.#size += part.byteLength;
    if (this.#size > MOST_BYTES) this.#kept = [];
    // A view would keep the whole chunk.
    else if (part.byteLength > 0) this.#kept.push(Uint8Array.from(part));
  }

  /** Reads the line, or the JSON text, that is kept. */
  #look(): void {
    const isTooLong = this.#size > MOST_BYTES;
    const kept = Buffer.concat(this.#kept);
    this.#kept = [];
    this.#size = 0;
    if (isTooLong) this.#isWhole = false;
    else if (kept.includes(NAME)) this.#read(kept);
  }

  #read(kept: Buffer): void {
    const isData = kept.subarray(0, DATA.length).equals(DATA);
    if (this.#isStream && !isData) return;
    const text = this.#isStream ? kept.subarray(DATA.length) : kept;
    if (!SAYS_SOMETHING.test(text.toString('latin1'))) return;
    const parsed = parseJson(text, LIMITS);
    const said = parsed.kind === 'json' ? readUsage(parsed.value, this.#format) : undefined;
    if (said === undefined) this.#isWhole = false;
    else this.#usage = { ...this.#usage, ...said };
  }
}
