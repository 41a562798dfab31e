/** Signature algorithms a token may have (RFC 7518 §3.1, RFC 8037, RFC 9864). No MAC: a verifier's key must not sign. */
export const SIGNATURE_ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** What an issuer may sign with unless its configuration says otherwise. */
export const DEFAULT_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256'] as const satisfies readonly SignatureAlgorithm[];

/** Whether `name` is one of them. Case matters (RFC 7515 §4.1.1). */
export function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return SIGNATURE_ALGORITHMS.some((known) => known === name);
}

/** Whether two names mean the same algorithm: `EdDSA` is the older name of `Ed25519` here (RFC 9864 §2.2). */
export function isSameAlgorithm(one: SignatureAlgorithm, other: SignatureAlgorithm): boolean {
  return canonical(one) === canonical(other);
}

function canonical(name: SignatureAlgorithm): SignatureAlgorithm {
  return name === 'EdDSA' ? 'Ed25519' : name;
}
