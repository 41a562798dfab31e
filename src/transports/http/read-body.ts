import type { IncomingMessage } from 'node:http';
import type { ByteLease } from '../reply/byte-budget.ts';
import { collectBytes } from './collect-bytes.ts';

export type ReadBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** There is no room for it in memory now. */
  | { readonly kind: 'no-room' }
  /** The client went away, or the chunks were malformed: there is nobody to answer. */
  | { readonly kind: 'gone' };

/** A body that is too large is still read up to so many times the limit, and thrown away: its sender then sees the answer. */
const DISCARDED_TIMES = 4;

/** Up to so many bytes a body is small: it is read, or thrown away, whoever sent it. */
const SMALL_BYTES = 64 * 1024;

/** Whether the body may be larger than what is read from anyone; chunks do not say. */
export function mayBeLarge({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > SMALL_BYTES;
}

/** The whole request body, at most `maxBytes`. Memory stays within that, and within the budget of `lease`. */
export async function readBody(request: IncomingMessage, maxBytes: number, lease: ByteLease): Promise<ReadBody> {
  const discardUpTo = DISCARDED_TIMES * maxBytes;
  if (Number(request.headers['content-length'] ?? 0) > discardUpTo) return { kind: 'too-large' };
  try {
    return await collectBytes(request, { maxBytes, discardUpTo, lease });
  } catch {
    return { kind: 'gone' };
  }
}
