import type { IncomingMessage } from 'node:http';
import { collectBytes } from './collect-bytes.ts';

export type ReadBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** The client went away, or the chunks were malformed: there is nobody to answer. */
  | { readonly kind: 'gone' };

/** A body that is too large is still read up to so many times the limit, and thrown away: its sender then sees the answer. */
const DISCARDED_TIMES = 4;

/** The whole request body, at most `maxBytes`. Memory stays within that whatever comes. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const discardedBytes = DISCARDED_TIMES * maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > discardedBytes) return { kind: 'too-large' };
  try {
    return await collectBytes(request, maxBytes, discardedBytes);
  } catch {
    return { kind: 'gone' };
  }
}
