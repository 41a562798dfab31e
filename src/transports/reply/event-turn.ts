import { Turn } from '../../kit/turn.ts';

/** Blocks that may pass in one turn of the event loop: the dearest small ones cost some 20 µs each. */
const BLOCKS_A_TURN = 256;
/** Bytes that count as one block: a larger one costs by its bytes. */
const BYTES_A_BLOCK = 256;

/** What an event stream may use of a turn of the event loop, counted in blocks. */
export function newEventTurn(): Turn {
  return new Turn(BLOCKS_A_TURN);
}

/** What taking in a chunk costs of such a turn, in blocks. */
export function blocksOf(chunk: Uint8Array): number {
  return chunk.byteLength / BYTES_A_BLOCK;
}
