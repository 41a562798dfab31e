import { statSync } from 'node:fs';
import { join } from 'node:path';
import { allUses, type KeyWear, wearOf } from './key-uses.ts';
import { segmentKeyFiles, subjectKeyFiles } from './key-table.ts';
import { vaultSegments } from './read-vault.ts';
import { allKeyFiles } from './rewrap-keys.ts';
import { readShreds, unrecordedShreds } from './shreds.ts';
import { readKeyFile } from './store-key.ts';
import type { VaultPlaces } from './vault-places.ts';

/** How it is with a vault. */
export interface VaultStatus {
  readonly segments: number;
  readonly bytes: number;
  readonly segmentKeys: number;
  readonly subjectKeys: number;
  /** Every key that ever wrapped one: how often, and how many it wraps now. */
  readonly keys: readonly (KeyWear & { readonly wraps: number })[];
  /** Key files that are none. */
  readonly damaged: readonly string[];
  readonly shreds: number;
  /** Of these, those that the record does not have yet. */
  readonly unrecordedShreds: number;
}

/** Looks at all keys; decrypts none. @throws VaultError; what the file system said. */
export function vaultStatus(places: VaultPlaces, maxUses: number): VaultStatus {
  const wraps = new Map<string, number>();
  const damaged: string[] = [];
  for (const path of allKeyFiles(places)) {
    const key = readKeyFile(path);
    if (key === 'damaged') damaged.push(path);
    else if (key !== undefined) wraps.set(key.kek, (wraps.get(key.kek) ?? 0) + 1);
  }
  const names = vaultSegments(places.directory);
  const uses = new Map([...[...wraps.keys()].map((kek) => [kek, 0] as const), ...allUses(places.uses).map(useOf)]);
  return {
    segments: names.length,
    bytes: names.reduce((sum, name) => sum + sizeOf(join(places.directory, name)), 0),
    segmentKeys: segmentKeyFiles(places).length,
    subjectKeys: subjectKeyFiles(places).length,
    keys: [...uses].map(([kek, count]) => ({ ...wearOf(kek, count, maxUses), wraps: wraps.get(kek) ?? 0 })),
    damaged,
    shreds: readShreds(places).length,
    unrecordedShreds: unrecordedShreds(places).length,
  };
}

function useOf({ kek, uses }: ReturnType<typeof allUses>[number]): readonly [string, number] {
  return [kek, uses];
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
