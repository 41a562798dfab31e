import type { Facts } from '../../decision/facts.ts';
import type { EventRelay, RelayStep } from './event-relay.ts';

/** Bytes after which no further block is added. */
const MAX_BYTES = 64 * 1024;

/** What of a stream goes out with one write. */
export interface Together {
  /** The blocks put together; may be empty. */
  readonly bytes: Uint8Array;
  /** How many blocks were taken, those that came to nothing included. */
  readonly blocks: number;
  /** What is to be done when they were sent; `undefined`: ask again. */
  readonly next: Exclude<RelayStep, { readonly kind: 'send' }> | undefined;
}

/**
 * Takes what is ready, at most `maxBlocks` blocks: one write for each of thousands of tiny blocks is dear. To be called again
 * when they were sent: up to then they count as held.
 */
export function takeTogether<F extends Facts>(relay: EventRelay<F>, maxBlocks: number): Together {
  const taken: Uint8Array[] = [];
  let size = 0;
  let blocks = 0;
  do {
    const step = relay.next();
    if (step.kind !== 'send') return { bytes: joined(taken), blocks, next: step };
    blocks += 1;
    size += step.bytes.byteLength;
    if (step.bytes.byteLength > 0) taken.push(step.bytes);
  } while (relay.hasBlock && blocks < maxBlocks && size < MAX_BYTES);
  return { bytes: joined(taken), blocks, next: undefined };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
