import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const TAG_BYTES = 16;
const NO_KEY = Buffer.alloc(0);

/** What is encrypted, under which number, and what is bound to it. */
export interface Sealed {
  /** 16 bytes in hex. */
  readonly segment: string;
  /** Under one key no number is used twice. */
  readonly number: number;
  /** Authenticated, not encrypted: number, decision, kind and the id of the subject's key are in it. */
  readonly head: Uint8Array;
}

/**
 * The key for what a segment holds of one subject: both the segment's and the subject's are needed to make it (HKDF with SHA-256,
 * RFC 5869). Without a subject: that for what is about no payload.
 */
export function contentKey(segment: string, segmentKey: Uint8Array, subjectKey: Uint8Array = NO_KEY): Buffer {
  const both = Buffer.concat([segmentKey, subjectKey]);
  const info = subjectKey.length === 0 ? 'sallyport payload vault segment v1' : 'sallyport payload vault subject v1';
  return Buffer.from(hkdfSync('sha256', both, Buffer.from(segment, 'hex'), info, 32));
}

/** AES-256-GCM: ciphertext ‖ tag. The nonce is the number (NIST SP 800-38D §8.2.1), the AAD segment and head. */
export function sealPayload(key: Uint8Array, sealed: Sealed, parts: readonly Uint8Array[]): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(sealed.number)).setAAD(boundBytes(sealed));
  return Buffer.concat([...parts.map((part) => cipher.update(part)), cipher.final(), cipher.getAuthTag()]);
}

/** What was encrypted; `undefined` when anything of it is not as it was. Never throws. */
export function openPayload(key: Uint8Array, sealed: Sealed, bytes: Uint8Array): Buffer | undefined {
  if (bytes.length < TAG_BYTES) return undefined;
  const end = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(ALGORITHM, key, nonceOf(sealed.number), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundBytes(sealed)).setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** 96 bits: 32 of a fixed field, 64 of the number. */
function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 4);
  return nonce;
}

function boundBytes({ segment, head }: Sealed): Buffer {
  return Buffer.concat([Buffer.from(segment, 'hex'), head]);
}
