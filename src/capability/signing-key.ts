import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

/** What `generateSigningKey()` makes keys for. */
export const GENERATED_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256'] as const;
export type GeneratedAlgorithm = (typeof GENERATED_ALGORITHMS)[number];

/** A new key pair as JWKs, both with `kid`, `alg` and `use`. */
export interface SigningKey {
  readonly kid: string;
  /** Secret. */
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

/** A new key pair for signing tokens. `kid` defaults to the key's thumbprint (RFC 7638). */
export async function generateSigningKey(algorithm: GeneratedAlgorithm, kid?: string): Promise<SigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const exported = await exportJWK(pair.publicKey);
  const named = { kid: kid ?? (await calculateJwkThumbprint(exported)), alg: algorithm, use: 'sig' };
  const privateJwk = { ...(await exportJWK(pair.privateKey)), ...named };
  return { kid: named.kid, privateJwk, publicJwk: { ...exported, ...named } };
}
