import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Subject, subjectKeyFiles, subjectTag, type SubjectKeyFile } from './key-table.ts';
import { lockVault } from './lock-vault.ts';
import { type Shred, writeShred } from './shreds.ts';
import { readKeyFile } from './store-key.ts';
import type { VaultPlaces } from './vault-places.ts';

export interface ShredOptions {
  readonly places: VaultPlaces;
  readonly why: string;
  readonly nowMs: number;
}

/**
 * Deletes all keys of a subject: what is kept of it can be decrypted by nobody any more. That it does is on the disk before, and that
 * they are gone when this returns. Done again after a crash it ends what was begun.
 *
 * @returns what was deleted; `undefined` when there was nothing.
 * @throws VaultError when another command changes the keys; what the file system said.
 */
export function shredSubject(subject: Subject, { places, why, nowMs }: ShredOptions): Shred | undefined {
  using _lock = lockVault(places);
  const tag = subjectTag(subject);
  const files = subjectKeyFiles(places, tag);
  if (files.length === 0) return undefined;
  const shred: Shred = {
    id: randomUUID(),
    at: new Date(nowMs).toISOString(),
    why,
    subject_tag: tag,
    keys: files.map(({ id }) => id),
  };
  writeShred(places, shred);
  syncDirectory(places.shreds);
  for (const { path } of files) erase(path);
  for (const directory of new Set(files.map(({ path }) => dirname(path)))) syncDirectory(directory);
  return shred;
}

/** The subjects of that name, by whoever vouches for them. A key file that cannot be read names nobody. */
export function subjectsNamed(places: VaultPlaces, name: string): readonly Subject[] {
  const found = new Map<string, Subject>();
  for (const { path, tag } of subjectKeyFiles(places)) {
    const key = readKeyFile(path);
    if (typeof key !== 'object' || key.kind !== 'SubjectKey' || key.subject !== name) continue;
    found.set(tag, { issuer: key.issuer, subject: key.subject });
  }
  return [...found.values()];
}

/** Key files of what was deleted that are there all the same: a crash, or somebody who restored them. */
export function returnedKeys(places: VaultPlaces, shreds: readonly Shred[]): readonly SubjectKeyFile[] {
  const gone = new Set(shreds.flatMap(({ keys }) => keys));
  return subjectKeyFiles(places).filter(({ id }) => gone.has(id));
}

/** Overwritten first: what a file system does with the blocks of a deleted file is its business. */
function erase(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(statSync(path).size), 0, undefined, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  unlinkSync(path);
}

function syncDirectory(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
