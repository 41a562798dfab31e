import type { Kek } from './kek.ts';
import { openStored, segmentKeyFiles, subjectKeyFiles } from './key-table.ts';
import type { KeyUses } from './key-uses.ts';
import { lockVault } from './lock-vault.ts';
import { boundTo, readKeyFile, writeKeyFile } from './store-key.ts';
import type { VaultPlaces } from './vault-places.ts';
import { wrapKey } from './wrap-key.ts';

/** What came of it. */
export interface Rewrapped {
  /** Keys that are wrapped with the new key now, and were with another. */
  readonly rewrapped: number;
  /** Keys that were wrapped with it already. */
  readonly untouched: number;
  /** Keys that could not be had, and why, by file. */
  readonly failed: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Wraps every stored key with the first of `keks`. What they encrypt stays as it is. After a crash in between both are still needed, and
 * doing it again ends it.
 *
 * @throws KeyUsedUpError, VaultError when another command changes the keys; what the file system said.
 */
export function rewrapKeys(places: VaultPlaces, keks: readonly [Kek, ...Kek[]], uses: KeyUses): Rewrapped {
  using _lock = lockVault(places);
  let [rewrapped, untouched] = [0, 0];
  const failed: { path: string; why: string }[] = [];
  for (const path of allKeyFiles(places)) {
    const stored = readKeyFile(path);
    if (stored === undefined) continue;
    if (stored === 'damaged') {
      failed.push({ path, why: 'is no key file' });
      continue;
    }
    const opened = openStored(stored, keks);
    if (opened.kind === 'no-kek') failed.push({ path, why: `is wrapped with ${opened.kek}, which is not in old_keys` });
    else if (opened.kind === 'changed') failed.push({ path, why: 'was changed' });
    else if (stored.kek === keks[0].id) untouched += 1;
    else {
      uses.take();
      writeKeyFile(path, { ...stored, ...wrapKey(keks[0], opened.key, boundTo(stored)) });
      rewrapped += 1;
    }
  }
  return { rewrapped, untouched, failed };
}

/** The files of all keys. */
export function allKeyFiles(places: VaultPlaces): readonly string[] {
  return [...segmentKeyFiles(places), ...subjectKeyFiles(places).map(({ path }) => path)];
}
