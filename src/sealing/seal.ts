import { createCipheriv, createDecipheriv, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/** What `open` found. `not-owner`: genuine, but issued to somebody else. */
export type Opened =
  | { readonly kind: 'opened'; readonly value: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-owner' };

/** Turns server-side names into ones that only this service can read and only their owner can use. */
export interface Sealer {
  /** `value` under the current key, as visible ASCII (base64url). Two seals of one value differ. */
  seal(purpose: string, owner: string, value: string): string;
  /** The value, when `sealed` was made here for this purpose and owner. Total: hostile text is `unknown`. */
  open(purpose: string, owner: string, sealed: string): Opened;
}

const VERSION = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OWNER_BYTES = 16;
const NONCE_AT = 1 + ID_BYTES;
const BODY_AT = NONCE_AT + NONCE_BYTES;
const SHORTEST = BODY_AT + OWNER_BYTES + TAG_BYTES;
/** Longest text that is decoded: what a header block of 60 KiB can hold. Longer states come in bodies, which are bounded. */
const LONGEST = 4 * 1024 * 1024;

/**
 * AES-256-GCM: version ‖ key id ‖ nonce ‖ E(owner digest ‖ value) ‖ tag, with the first two and `purpose` as AAD.
 *
 * The owner's digest is inside, so a genuine name in the wrong hands is told from a forged one without its owner being
 * readable. Nonces are random; the key ring counts uses and changes the key long before 2^32 (SP 800-38D §8.3).
 */
export function createSealer(keys: KeyRing): Sealer {
  return {
    seal(purpose, owner, value) {
      const key = keys.current();
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([Buffer.of(VERSION), key.id]);
      const cipher = createCipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associatedData(head, purpose));
      const body = [cipher.update(ownerDigest(owner)), cipher.update(value, 'utf8'), cipher.final()];
      return Buffer.concat([head, nonce, ...body, cipher.getAuthTag()]).toString('base64url');
    },
    open(purpose, owner, sealed) {
      const plain = decrypt(keys, purpose, sealed);
      if (plain === undefined) return { kind: 'unknown' };
      const mine = timingSafeEqual(plain.subarray(0, OWNER_BYTES), ownerDigest(owner));
      return mine ? { kind: 'opened', value: plain.toString('utf8', OWNER_BYTES) } : { kind: 'not-owner' };
    },
  };
}

function decrypt(keys: KeyRing, purpose: string, sealed: string): Buffer | undefined {
  if (sealed.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(sealed)) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  // One text for one seal: trailing bits that a decoder drops would give the same session a second name.
  if (bytes.length < SHORTEST || bytes[0] !== VERSION || bytes.toString('base64url') !== sealed) return undefined;
  const head = bytes.subarray(0, NONCE_AT);
  const key = keys.find(head.subarray(1));
  if (key === undefined) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.secret, bytes.subarray(NONCE_AT, BODY_AT), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(head, purpose));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(BODY_AT, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function associatedData(head: Uint8Array, purpose: string): Buffer {
  return Buffer.concat([head, Buffer.from(purpose, 'utf8')]);
}

function ownerDigest(owner: string): Buffer {
  return hash('sha256', owner, 'buffer').subarray(0, OWNER_BYTES);
}
