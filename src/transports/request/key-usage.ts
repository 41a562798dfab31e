import type { X509Certificate } from 'node:crypto';

const EXTENSIONS = 0xa3;
const OBJECT_IDENTIFIER = 0x06;
/** 2.5.29.15 */
const KEY_USAGE = Buffer.of(0x55, 0x1d, 0x0f);
/** keyCertSign and cRLSign: bits 5 and 6, counted from the highest. */
const SIGNS = 0x04 | 0x02;

/**
 * Whether the key of a certificate may sign certificates or revocation lists (RFC 5280 §4.2.1.3). `node:crypto` tells the
 * extended key usage alone. Of a certificate whose DER is none, which OpenSSL has ruled out, it is said that it may.
 */
export function maySignCertificates({ raw }: X509Certificate): boolean {
  try {
    return signs(raw);
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
}

function signs(raw: Buffer): boolean {
  const [body] = elements(elements(raw)[0]?.content);
  const [list] = elements(elements(body?.content).find(({ tag }) => tag === EXTENSIONS)?.content);
  for (const extension of elements(list?.content)) {
    const [id, ...rest] = elements(extension.content);
    if (id?.tag !== OBJECT_IDENTIFIER || !id.content.equals(KEY_USAGE)) continue;
    // A bit string in an octet string; its first byte counts the bits that it leaves unused.
    const [bits] = elements(rest.at(-1)?.content);
    if (bits === undefined || ((bits.content[1] ?? 0) & SIGNS) !== 0) return true;
  }
  return false;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The DER elements that `bytes` is made of. */
function elements(bytes: Buffer = Buffer.alloc(0)): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) throw new RangeError('DER ends within an element');
    found.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
