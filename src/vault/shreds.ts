import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../kit/write-durably.ts';
import { namesIn } from './key-table.ts';
import { VaultError } from './vault-error.ts';
import type { VaultPlaces } from './vault-places.ts';

const shredSchema = z.object({
  id: z.string().regex(/^[0-9a-f-]{36}$/),
  at: z.string(),
  why: z.string(),
  /** Names the subject to who knows it. */
  subject_tag: z.string(),
  /** Ids of the keys that were deleted. */
  keys: z.array(z.string()),
});

/** That keys of a subject were deleted. It stays, so that a key that comes back from a backup is not used again. */
export type Shred = z.infer<typeof shredSchema>;

/** Notes that keys are about to be deleted; on the disk when this returns. @throws what the file system said. */
export function writeShred(places: VaultPlaces, shred: Shred): void {
  mkdirSync(places.shreds, { recursive: true, mode: 0o700 });
  const path = join(places.shreds, `${shred.id}.json`);
  writeDurably(`${path}.next`, `${JSON.stringify(shred)}\n`);
  renameSync(`${path}.next`, path);
}

/** All of them, oldest first. @throws VaultError for a file that is none; what the file system said. */
export function readShreds(places: VaultPlaces): readonly Shred[] {
  return namesIn(places.shreds)
    .filter((name) => name.endsWith('.json'))
    .map((name) => shredAt(join(places.shreds, name)))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

/** Those that the record does not have yet. @throws as `readShreds()`. */
export function unrecordedShreds(places: VaultPlaces): readonly Shred[] {
  const names = new Set(namesIn(places.shreds));
  return readShreds(places).filter(({ id }) => !names.has(`${id}.recorded`));
}

/** Notes that the record has it. @throws what the file system said. */
export function markRecorded(places: VaultPlaces, id: string): void {
  writeDurably(join(places.shreds, `${id}.recorded`), '');
}

/** A text that differs when there is another one. */
export function shredsVersion(places: VaultPlaces): string {
  const stat = statSync(places.shreds, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeNs}`;
}

function shredAt(path: string): Shred {
  try {
    return shredSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new VaultError(`${path} cannot be read as what was shredded. Restore it from a copy.`, { cause });
  }
}
