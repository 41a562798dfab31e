import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Kek } from './kek.ts';

/** A key as it is stored: encrypted by another one. */
export interface WrappedKey {
  /** Id of the key that it is wrapped with. */
  readonly kek: string;
  /** 96 random bits in base64 (NIST SP 800-38D §8.2.2); how often they are drawn is counted by `KeyUses`. */
  readonly nonce: string;
  /** The encrypted key and its tag, in base64. */
  readonly wrapped: string;
}

/** A stored key, or why it cannot be had. */
export type Unwrapped =
  | { readonly kind: 'key'; readonly key: Buffer }
  /** It is wrapped with a key that is not there. */
  | { readonly kind: 'no-kek'; readonly kek: string }
  /** It is not what was wrapped under that name. */
  | { readonly kind: 'changed' };

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
const CHANGED: Unwrapped = { kind: 'changed' };

/** Encrypts `key` with AES-256-GCM; it opens under the same `name` only. */
export function wrapKey(kek: Kek, key: Uint8Array, name: readonly string[]): WrappedKey {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, kek.key, nonce).setAAD(boundName(name));
  const wrapped = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { kek: kek.id, nonce: nonce.toString('base64'), wrapped: wrapped.toString('base64') };
}

/** Decrypts a key with whichever of `keks` it was wrapped with. Never throws. */
export function unwrapKey(keks: readonly Kek[], stored: WrappedKey, name: readonly string[]): Unwrapped {
  const kek = keks.find(({ id }) => id === stored.kek);
  if (kek === undefined) return { kind: 'no-kek', kek: stored.kek };
  const [nonce, wrapped] = [Buffer.from(stored.nonce, 'base64'), Buffer.from(stored.wrapped, 'base64')];
  if (nonce.length !== 12 || wrapped.length !== 32 + TAG_BYTES) return CHANGED;
  try {
    const decipher = createDecipheriv(ALGORITHM, kek.key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundName(name));
    decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
    return { kind: 'key', key: Buffer.concat([decipher.update(wrapped.subarray(0, -TAG_BYTES)), decipher.final()]) };
  } catch {
    return CHANGED;
  }
}

function boundName(name: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['sallyport payload vault key v1', ...name]));
}
