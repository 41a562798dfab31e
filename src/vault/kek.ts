import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { modeOpenToOthers } from '../kit/mode-open-to-others.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';
import { VaultError } from './vault-error.ts';

/** A key that encrypts keys. */
export interface Kek {
  /** Made of the key itself, so that no other key can be named the same. 16 hex digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const KEY_BYTES = 32;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Reads such a key from its file.
 *
 * @throws VaultError when it cannot be read, others could read it, or it is no key: with what to do.
 */
export function readKek(path: string): Kek {
  const text = readPrivately(path);
  if (!BASE64.test(text.trim()))
    throw new VaultError(`${path} holds no key: 32 bytes in base64. Make one with sallyport vault key --out FILE.`);
  return kekOf(Buffer.from(text.trim(), 'base64'));
}

/** The key of those 32 bytes. */
export function kekOf(key: Uint8Array): Kek {
  const id = createHmac('sha256', key).update('sallyport payload vault key id v1').digest('hex').slice(0, 16);
  return { id, key };
}

/** The text of a file with a new key. */
export function newKekText(): string {
  return `${randomBytes(KEY_BYTES).toString('base64')}\n`;
}

function readPrivately(path: string): string {
  try {
    refuseOpenToOthers(path);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof VaultError) throw cause;
    throw new VaultError(`${path} ${whyUnreadable(cause)} Make a key with sallyport vault key --out FILE.`, { cause });
  }
}

function refuseOpenToOthers(path: string): void {
  const mode = modeOpenToOthers(path);
  if (mode === undefined) return;
  throw new VaultError(`${path} has mode ${mode}: others could use the key. Set it to 0600.`);
}
