import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../kit/cause.ts';
import { VaultError } from './vault-error.ts';
import type { VaultPlaces } from './vault-places.ts';

const WAIT_MS = 5000;

/**
 * Keeps other commands from changing keys until it is let go, or the process ends: else one that wraps a key anew could bring back
 * what another deletes. SQLite's lock of a file with nothing in it. The service only adds keys, and needs no lock.
 *
 * @throws VaultError when another command has it for long.
 */
export function lockVault({ directory }: VaultPlaces): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const database = new DatabaseSync(path, { timeout: WAIT_MS });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new VaultError(`${path}: ${messageOf(cause)}: another command changes the keys`, { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}
