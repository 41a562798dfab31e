/** Counts the turns of the event loop until it is disposed. */
export function countTurns(): Disposable & { readonly turn: () => number } {
  let turn = 0;
  let next = setImmediate(function count() {
    turn += 1;
    next = setImmediate(count);
  });
  return { turn: () => turn, [Symbol.dispose]: () => clearImmediate(next) };
}

/** A chunk as large as they come off a socket, full of `block`. */
export function chunkOf(block: string): Buffer {
  return Buffer.from(block.repeat(Math.floor(CHUNK_BYTES / Buffer.byteLength(block))));
}
const CHUNK_BYTES = 65_536;

/** Blocks that may pass in one turn: the dearest cost some 20 µs each, so that a turn stays below 10 ms. */
export const MOST_BLOCKS = 256;

/** Blocks of an event stream in these bytes. */
export function blocksIn(bytes: Uint8Array): number {
  return (
    Buffer.from(bytes)
      .toString()
      .split(/(?<=^|\n)\n/).length - 1
  );
}

/** What a server may fill a chunk with. */
export const SMALL_BLOCKS: readonly (readonly [what: string, block: string])[] = [
  ['blank lines', '\n'],
  ['comments', ':\n\n'],
  ['blocks that are written anew', ':\u0085\n\n'],
  ['messages', 'data: {"jsonrpc":"2.0","method":"a"}\n\n'],
];
