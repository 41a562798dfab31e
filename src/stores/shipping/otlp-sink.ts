import { Agent, request } from 'undici';
import type { RecordSink, ShippedRecord } from '../../audit/shipping/record-sink.ts';
import { otlpLogs } from './otlp-logs.ts';

export interface OtlpSinkOptions {
  /** With the path. */
  readonly url: string;
  /** Certificates of the authorities that count, in PEM; default: those that Node trusts. */
  readonly ca?: string;
  /** Longest time for one request, milliseconds. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** What is read of an answer. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Posts records to a receiver of OTLP logs (OTLP 1.x, HTTP, JSON). Redirects are not followed. */
export class OtlpSink implements RecordSink {
  readonly #options: OtlpSinkOptions;
  readonly #agent: Agent;

  constructor(options: OtlpSinkOptions) {
    this.#options = options;
    this.#agent = new Agent({ connections: 1, connect: options.ca === undefined ? {} : { ca: options.ca } });
  }

  async deliver(records: readonly ShippedRecord[]): Promise<number> {
    const { url, timeoutMs, nowMs } = this.#options;
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: otlpLogs(records, nowMs()),
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await readBounded(body);
    if (statusCode !== 200) throw new Error(`the receiver of logs answered ${statusCode}`);
    return Math.min(records.length, rejectedIn(answer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** How many records the receiver refused: it must not be asked again for those (OTLP, partial success). */
function rejectedIn(answer: string): number {
  const parsed: unknown = answer === '' ? {} : JSON.parse(answer);
  const partial: unknown = typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, 'partialSuccess');
  const count = Number(
    typeof partial === 'object' && partial !== null ? Reflect.get(partial, 'rejectedLogRecords') : 0,
  );
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the receiver of logs answered with something that is no answer');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
