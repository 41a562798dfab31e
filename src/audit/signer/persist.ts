import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes that are made durable at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Resolves when the bytes `[from, to)` of the file at `path`, which have been written, are on the disk: a crash of the host does not
 * lose them.
 *
 * Node's permission model forbids fsync(2), so the bytes are read back from the page cache and written once more where they
 * are, through a descriptor with O_DSYNC: write(2) then returns when that range and the file's length are on the disk. A
 * crash in the middle of it changes nothing, as the bytes are the same.
 *
 * @throws what the file system said; the bytes may then be lost by a crash.
 */
export async function persist(path: string, from: number, to: number): Promise<void> {
  await using file = await open(path, constants.O_RDWR | (constants.O_DSYNC ?? constants.O_SYNC ?? 0));
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - from));
  for (let at = from; at < to; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, to - at), at);
    if (bytesRead === 0) throw new Error('the segment is shorter than what was written to it');
    for (let done = 0; done < bytesRead; ) {
      done += (await file.write(piece, done, bytesRead - done, at + done)).bytesWritten;
    }
    at += bytesRead;
  }
}
