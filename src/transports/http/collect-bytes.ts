import type { Readable } from 'node:stream';
import type { ByteLease } from '../reply/byte-budget.ts';

/** The bytes of a stream, or that there were more than it may have, or than there is room for now. */
export type Collected =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'no-room' };

export interface CollectOptions {
  readonly maxBytes: number;
  /** A stream longer than `maxBytes` is read on, and thrown away, up to so many bytes. Default `maxBytes`. */
  readonly discardUpTo?: number;
  /** Grows with what is held. It stays with the bytes: whoever made it gives it back. */
  readonly lease: ByteLease;
  /** Longest time without a byte, milliseconds; then it is `StreamStalled`. Default: any. */
  readonly idleMs?: number;
}

/** The stream is not at its end and nothing more came. */
export class StreamStalled extends Error {
  override readonly name = 'StreamStalled';
}

/**
 * Collects a stream to its end. By events: an async iterator costs several times as much for the one or two chunks that most
 * messages have.
 *
 * @throws the stream's error; also when it closes before its end, and `StreamStalled`.
 */
export async function collectBytes(stream: Readable, options: CollectOptions): Promise<Collected> {
  const { maxBytes, discardUpTo = maxBytes, lease, idleMs } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Collected>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stalled = (): void => reject(new StreamStalled(`nothing came for ${idleMs} ms`));
  const timer = idleMs === undefined ? undefined : setTimeout(stalled, idleMs);
  const stop = (kind: 'too-large' | 'no-room'): void => {
    stream.pause();
    resolve({ kind });
  };
  const take = (chunk: Uint8Array): void => {
    timer?.refresh();
    size += chunk.byteLength;
    if (size > discardUpTo) return stop('too-large');
    if (size > maxBytes) {
      chunks.length = 0;
      lease.resize(0);
    } else if (lease.resize(size)) chunks.push(chunk);
    else stop('no-room');
  };
  const end = (): void => resolve(size > maxBytes ? { kind: 'too-large' } : { kind: 'bytes', bytes: joined(chunks) });
  const cut = (): void => reject(new Error('the stream was cut off'));
  // It closes behind its end, too: an error that nobody gets would cost its stack.
  const closed = (): void => {
    if (!stream.readableEnded) cut();
  };
  stream.on('data', take).on('end', end).on('close', closed).on('error', reject);
  // One that went before it was listened to says nothing any more.
  if (stream.destroyed) cut();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stream.off('data', take).off('end', end).off('close', closed).off('error', reject);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}
