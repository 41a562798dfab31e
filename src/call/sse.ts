export { writeSseEvent, type SseDraft } from './write-sse-event.ts';
import { lineEnd } from './line-end.ts';
import { readSseFields, type SseFields } from './sse-fields.ts';

/** One block of an event stream, up to and with the blank line that ends it (WHATWG HTML §9.2). */
export interface SseEvent extends SseFields {
  /** The bytes of the block exactly as received: what is forwarded when nothing changes. */
  readonly raw: Uint8Array;
}

/** What became complete with a chunk. After `too-large` the reader answers nothing else. */
export type SseBatch =
  | { readonly kind: 'events'; readonly events: readonly SseEvent[] }
  | { readonly kind: 'too-large'; readonly events: readonly SseEvent[] };

const LF = 0x0a;
const CR = 0x0d;
/** Most lines of one block: each costs, however short it is (benchmarks/micro/replies.ts). */
const MAX_LINES = 20_000;

/**
 * Cuts an event stream into blocks as the bytes arrive, in any chunking, with any of the three line ends.
 *
 * Nothing is held back beyond the end of a block, but for one byte: after a CR it must be seen whether an LF follows. The
 * blocks put together are the stream, byte for byte. A block without `data` (a comment, a `retry`) is an event, too.
 */
export class SseReader {
  readonly #maxEventBytes: number;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of `#pending` that are filled. */
  #filled = 0;
  /** Where the line begins that was not ended yet. */
  #lineStart = 0;
  /** Up to where that line was searched for its end. */
  #searched = 0;
  /** Lines of the block that was not ended yet. */
  #lines = 0;
  #first = true;
  #broken = false;

  /** A block may have at most `maxEventBytes` bytes, line ends included, and 20 000 lines. */
  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** The blocks that `chunk` completes, as views of it where they lie in it whole. The reader never writes into them. */
  push(chunk: Uint8Array): SseBatch {
    if (this.#broken) return { kind: 'too-large', events: [] };
    this.#append(chunk);
    return this.#cut(false);
  }

  /** The rest at the end of the stream: a block that was never ended, if there is one. Clients drop such a block. */
  end(): SseBatch & { readonly rest: Uint8Array } {
    const batch = this.#broken ? { kind: 'too-large' as const, events: [] } : this.#cut(true);
    const rest = this.#pending.subarray(0, this.#filled);
    this.#filled = 0;
    return { ...batch, rest };
  }

  /** Doubles the buffer when it is full, so that many small chunks cost no more than one large one. */
  #append(chunk: Uint8Array): void {
    if (this.#filled === 0) {
      this.#pending = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#filled = chunk.length;
      return;
    }
    const needed = this.#filled + chunk.length;
    if (needed > this.#pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * this.#pending.length, this.#maxEventBytes)));
      this.#pending.copy(grown, 0, 0, this.#filled);
      this.#pending = grown;
    }
    this.#pending.set(chunk, this.#filled);
    this.#filled = needed;
  }

  #cut(ended: boolean): SseBatch {
    const events: SseEvent[] = [];
    let start = 0;
    for (let end = this.#lineEnd(ended); end !== -1; end = this.#lineEnd(ended)) {
      const blank = this.#isBlank(this.#lineStart, end);
      this.#lineStart = end;
      this.#searched = end;
      this.#lines += 1;
      if (end - start > this.#maxEventBytes || this.#lines > MAX_LINES) return this.#break(events);
      if (!blank) continue;
      this.#lines = 0;
      events.push(this.#event(start, end));
      start = end;
    }
    if (this.#filled - start > this.#maxEventBytes) return this.#break(events);
    if (start > 0) this.#keepFrom(start);
    return { kind: 'events', events };
  }

  #break(events: readonly SseEvent[]): SseBatch {
    this.#broken = true;
    this.#pending = Buffer.alloc(0);
    this.#filled = 0;
    return { kind: 'too-large', events };
  }

  /** Behind the end of the line at `#lineStart`, or -1 when it is not there yet. */
  #lineEnd(ended: boolean): number {
    const at = lineEnd(this.#pending, this.#searched, this.#filled);
    if (at === -1) {
      this.#searched = this.#filled;
      return -1;
    }
    if (this.#pending[at] === LF) return at + 1;
    // An LF right after the CR belongs to it; at the end of what is here that is not known yet.
    if (at + 1 < this.#filled) return this.#pending[at + 1] === LF ? at + 2 : at + 1;
    this.#searched = at;
    return ended ? this.#filled : -1;
  }

  #isBlank(start: number, end: number): boolean {
    const first = this.#pending[start];
    return start < end && (first === LF || first === CR);
  }

  #event(start: number, end: number): SseEvent {
    const raw = this.#pending.subarray(start, end);
    const { data, event, id, retryMs } = readSseFields(raw, this.#first);
    this.#first = false;
    return { raw, data, event, id, retryMs };
  }

  /** What was given out stays as it is: the rest moves to a buffer of its own. */
  #keepFrom(start: number): void {
    const rest = this.#pending.subarray(start, this.#filled);
    this.#lineStart -= start;
    this.#searched -= start;
    this.#filled = rest.length;
    this.#pending = Buffer.from(rest);
  }
}
