import { SseReader } from '../../call/sse.ts';

/** `fetch` as the official client wants it. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A `fetch` that keeps the messages of the last reply to one method, as they were on the wire. */
export interface ReplyCapture {
  readonly fetch: Fetch;
  /** The messages that answered the last request of the method, oldest first. */
  messages(): readonly Uint8Array[];
}

/** The largest reply that is kept, bytes. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/**
 * Wraps `fetch` so that replies to `method` are kept verbatim: a client library gives back what it understood, and a pin is
 * over what was sent.
 */
export function captureReplies(fetch: Fetch, method: string): ReplyCapture {
  let kept: readonly Uint8Array[] = [];
  return {
    messages: () => kept,
    async fetch(url, init) {
      const asked = asksFor(init?.body, method);
      if (asked) kept = [];
      const response = await fetch(url, init);
      if (!asked || response.body === null) return response;
      const bytes = await readBounded(response.body);
      kept = messagesIn(bytes, response.headers.get('content-type') ?? '');
      const { status, statusText, headers } = response;
      return new Response(Buffer.from(bytes), { status, statusText, headers });
    },
  };
}

function asksFor(body: unknown, method: string): boolean {
  if (typeof body !== 'string') return false;
  const message: unknown = JSON.parse(body);
  return typeof message === 'object' && message !== null && 'method' in message && message.method === method;
}

async function readBounded(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) throw new RangeError(`the reply is larger than ${MAX_REPLY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function messagesIn(bytes: Uint8Array, contentType: string): readonly Uint8Array[] {
  if (!contentType.startsWith('text/event-stream')) return [bytes];
  const { events } = new SseReader(MAX_REPLY_BYTES).push(bytes);
  return events.flatMap(({ data }) => (data === undefined || data.length === 0 ? [] : [data]));
}
