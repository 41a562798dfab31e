import type { Readable } from 'node:stream';

/** The bytes of a stream, or that there were more than may be held. */
export type Collected = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'too-large' };

/**
 * Collects a stream to its end. By events: an async iterator costs several times as much for the one or two chunks that most
 * messages have.
 *
 * @param discardUpTo A stream longer than `maxBytes` is read on, and thrown away, up to so many bytes.
 * @throws the stream's error; also when it closes before its end.
 */
export async function collectBytes(stream: Readable, maxBytes: number, discardUpTo = maxBytes): Promise<Collected> {
  const { promise, resolve, reject } = Promise.withResolvers<Collected>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const done = (collected: Collected): void => {
    stream.off('data', take).off('end', end).off('close', cut).off('error', reject);
    resolve(collected);
  };
  const take = (chunk: Uint8Array): void => {
    size += chunk.byteLength;
    if (size > discardUpTo) {
      stream.pause();
      done({ kind: 'too-large' });
    } else if (size > maxBytes) chunks.length = 0;
    else chunks.push(chunk);
  };
  const end = (): void => done(size > maxBytes ? { kind: 'too-large' } : { kind: 'bytes', bytes: joined(chunks) });
  const cut = (): void => reject(new Error('the stream was cut off'));
  stream.on('data', take).on('end', end).on('close', cut).on('error', reject);
  return await promise;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}
