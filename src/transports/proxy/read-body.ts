import type { IncomingMessage } from 'node:http';

export type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** The client went away, or the chunks were malformed: there is nobody to answer. */
  | { readonly kind: 'gone' };

/** A body that is too large is still read up to so many times the limit, and thrown away: its sender then sees the answer. */
const DISCARDED_TIMES = 4;

/** The whole request body, at most `maxBytes`. Memory stays within that whatever comes. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const discardedBytes = DISCARDED_TIMES * maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > discardedBytes) return { kind: 'too-large' };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > discardedBytes) return { kind: 'too-large' };
      if (size > maxBytes) chunks.length = 0;
      else chunks.push(chunk);
    }
  } catch {
    return { kind: 'gone' };
  }
  if (size > maxBytes) return { kind: 'too-large' };
  return { kind: 'body', bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks) };
}
