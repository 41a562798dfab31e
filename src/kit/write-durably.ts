import { closeSync, constants, openSync, writeFileSync } from 'node:fs';

const DURABLE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_SYNC ?? 0);

/**
 * Writes `text` to a file of mode 0600 and returns when it is on the disk: a crash of the host does not lose it.
 *
 * By O_SYNC and not by fsync(2), which Node's permission model forbids.
 *
 * @throws what the file system said.
 */
export function writeDurably(path: string, text: string): void {
  const file = openSync(path, DURABLE, 0o600);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}
