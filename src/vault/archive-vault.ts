import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keepCopy } from '../audit/archive/keep-copy.ts';
import { sha256Hex } from '../kit/digest.ts';
import { vaultSegments } from './read-vault.ts';
import { readHead } from './payload-head.ts';
import { VaultError } from './vault-error.ts';
import { itemsIn } from './vault-framing.ts';

/** A segment that is moved to an archive. */
export interface ArchivedPayloads {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly latest: string;
}

/** Where the payloads are in the archive of a record. */
export function archivedVault(archive: string): string {
  return join(archive, 'vault');
}

/**
 * The segments whose payloads are all from before a time; the last segment, to which a service may write, is never one of them. Their
 * keys stay where they are, so that they are wrapped anew and deleted with the others.
 *
 * @throws what the file system said.
 */
export async function oldPayloads(directory: string, before: string): Promise<readonly ArchivedPayloads[]> {
  const old: ArchivedPayloads[] = [];
  for (const name of vaultSegments(directory).slice(0, -1)) {
    const bytes = await readFile(join(directory, name));
    const latest = latestIn(bytes);
    if (latest >= before) break;
    old.push({ name, bytes: bytes.length, sha256: sha256Hex(bytes), latest });
  }
  return old;
}

/** Moves one: copied, synced, read back, and only then removed. @throws ArchiveError, VaultError; what the file system said. */
export async function archivePayloads(
  { name, sha256 }: ArchivedPayloads,
  directory: string,
  archive: string,
): Promise<void> {
  const bytes = await readFile(join(directory, name));
  if (sha256Hex(bytes) !== sha256) throw new VaultError(`${join(directory, name)} is not as it was a moment ago`);
  await mkdir(archivedVault(archive), { recursive: true, mode: 0o700 });
  await keepCopy(join(archivedVault(archive), name), bytes);
  await rm(join(directory, name), { force: true });
}

/** The last time that stands in a segment. One without any is as old as can be. */
function latestIn(bytes: Buffer): string {
  let latest = '';
  for (const item of itemsIn(bytes)) {
    const head = item.kind === 'entry' ? readHead(item.head) : undefined;
    const time = head === undefined ? '' : head.kind === 'gap' ? head.until : head.time;
    if (time > latest) latest = time;
  }
  return latest;
}
