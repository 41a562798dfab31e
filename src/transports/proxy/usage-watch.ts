import type { IncomingMessage } from 'node:http';
import type { Outcome } from '../../decision/record.ts';
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
   * What the request used, when its reply is over. It costs nothing, where the API refused it; what the reply says; and at least what
   * was reserved when it does not say all of it, or did not come to its end. Tokens are those that it says, and none where it is silent.
   */
  used(): Pick<Outcome, 'costs' | 'tokens'> {
    const { budget, prices } = this.#terms;
    const costing = (cost: number): Pick<Outcome, 'costs'> => ({ costs: new Map([[budget.name, cost]]) });
    const { statusCode = 0, complete = false } = this.#reply ?? {};
    if (statusCode >= 300) return costing(0);
    const read = this.#reader?.end();
    if (read === undefined) return costing(budget.estimate);
    const cost = costOf(read.usage, prices);
    const isAll = read.isWhole && complete;
    return { ...costing(isAll ? cost : Math.max(cost, budget.estimate)), tokens: read.usage };
  }
}
