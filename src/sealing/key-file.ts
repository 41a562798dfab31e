import { chmodSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../kit/cause.ts';
import { modeOpenToOthers } from '../kit/mode-open-to-others.ts';
import { writeDurably } from '../kit/write-durably.ts';
import { createKeyRing, type KeyRing, newSealingKey, type SealingKey, type SealingKeys } from './key-ring.ts';

/** The keys cannot be used: wrong permissions, or not a key file. The service must not start with others. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/**
 * The key ring in `path`, made with a fresh key when there is none: file 0600, its directory created 0700.
 *
 * Synchronous: it runs once at start, at rotations, and once in a million seals.
 *
 * @throws KeyFileError when file or directory can be read or written by others, or the file holds something else.
 */
export function openKeyFile(path: string, nowMs: () => number): KeyRing {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  refuseOpenTo(dirname(path), 0o022);
  const store = (keys: SealingKeys): void => writeKeys(path, keys);
  const keys = readKeys(path) ?? [newSealingKey(nowMs())];
  return createKeyRing({ keys, store, nowMs });
}

function readKeys(path: string): SealingKeys | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  refuseOpenTo(path, 0o077);
  return parseKeys(path, text);
}

function refuseOpenTo(path: string, forbidden: number): void {
  const mode = modeOpenToOthers(path, forbidden);
  if (mode === undefined) return;
  throw new KeyFileError(`${path} has mode ${mode}: others could use it. Set it to 0600, its directory 0700.`);
}

function writeKeys(path: string, keys: SealingKeys): void {
  const document = { apiVersion: 'sallyport/v1', kind: 'SealingKeys', keys: keys.map(printKey) };
  const next = `${path}.next`;
  writeDurably(next, `${JSON.stringify(document, null, 2)}\n`);
  chmodSync(next, 0o600);
  renameSync(next, path);
}

function printKey(key: SealingKey | undefined): object | undefined {
  if (key === undefined) return undefined;
  return {
    id: key.id.toString('hex'),
    secret: key.secret.toString('base64url'),
    created_at_ms: key.createdAtMs,
    uses_reserved: key.usesReserved,
  };
}

function parseKeys(path: string, text: string): SealingKeys {
  try {
    const document: unknown = JSON.parse(text);
    const [current, previous] = Array.from(member(document, 'keys') as Iterable<unknown>, parseKey);
    if (current !== undefined) return previous === undefined ? [current] : [current, previous];
  } catch (cause) {
    throw new KeyFileError(`${path} is not a file of sealing keys. Delete it to end all sessions and start afresh.`, {
      cause,
    });
  }
  throw new KeyFileError(`${path} holds no key.`);
}

function parseKey(entry: unknown): SealingKey {
  const key: SealingKey = {
    id: Buffer.from(String(member(entry, 'id')), 'hex'),
    secret: Buffer.from(String(member(entry, 'secret')), 'base64url'),
    createdAtMs: Number(member(entry, 'created_at_ms')),
    usesReserved: Number(member(entry, 'uses_reserved')),
  };
  const whole = Number.isSafeInteger(key.createdAtMs) && Number.isSafeInteger(key.usesReserved);
  if (key.id.length !== 4 || key.secret.length !== 32 || !whole) throw new TypeError('not a key');
  return key;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new TypeError(`no ${name}`);
  return Reflect.get(value, name);
}
