import type { IncomingMessage } from 'node:http';
import { UsageReader } from '../../outcome/usage/usage-reader.ts';
import { costOf, type UsageTerms } from '../../outcome/usage/usage-terms.ts';

/** Looks at the reply to one request of a route whose replies cost something. */
export class UsageWatch {
  readonly #terms: UsageTerms;
  #reply: IncomingMessage | undefined;
  #reader: UsageReader | undefined;

  constructor(terms: UsageTerms) {
    this.#terms = terms;
  }

  /** Sees the reply, before a byte of its body has passed. */
  watch(reply: IncomingMessage): void {
    const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = reply.headers;
    this.#reply = reply;
    if (coding !== 'identity') return;
    const reader = new UsageReader(this.#terms.format, /^text\/event-stream\b/i.test(type));
    reply.on('data', (chunk: Uint8Array) => reader.push(chunk));
    this.#reader = reader;
  }

  /**
   * What the request cost, by the name of its budget, when its reply is over: nothing, where the API refused it; what the reply says;
   * and at least what was reserved when it does not say all of it, or did not come to its end.
   */
  costs(): ReadonlyMap<string, number> {
    const { budget, prices } = this.#terms;
    const { statusCode = 0, complete = false } = this.#reply ?? {};
    if (statusCode >= 300) return new Map([[budget.name, 0]]);
    const read = this.#reader?.end();
    if (read === undefined) return new Map([[budget.name, budget.estimate]]);
    const cost = costOf(read.usage, prices);
    return new Map([[budget.name, read.isWhole && complete ? cost : Math.max(cost, budget.estimate)]]);
  }
}
