/**
 * The bytes of canonical, unpadded base64url (RFC 4648 §5); `undefined` for any other text.
 *
 * Exactly one text decodes to given bytes: unused bits must be zero (§3.5), since lenient decoders would let one token
 * have many spellings, and each would miss a cache or a deny list that looks at the text.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  return encodeBase64url(bytes) === text ? bytes : undefined;
}

/** Unpadded base64url of `bytes`. */
export function encodeBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}
