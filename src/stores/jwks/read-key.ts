import type { JWK } from 'jose';
import { importJWK } from 'jose/key/import';
import { decodeBase64url } from '../../capability/base64url.ts';
import type { VerificationKey } from '../../capability/key-source.ts';
import {
  isSameAlgorithm,
  isSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../../capability/signature-algorithm.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';

/** A key of the set, and what tells it from any other. */
export interface PublicKey extends Omit<VerificationKey, 'withdrawn'> {
  /** Equal exactly for the same key under the same `kid` for the same algorithm. */
  readonly fingerprint: string;
}

/** A key of the set that is not used, and why: for the operator. */
export interface IgnoredKey {
  readonly kind: 'ignored';
  readonly because: string;
}

/** What each key type signs with, and its public members (RFC 7518 §6, RFC 8037 §2). */
const KEY_TYPES: ReadonlyMap<
  string,
  { readonly algorithms: readonly SignatureAlgorithm[]; readonly members: readonly string[] }
> = new Map([
  ['OKP Ed25519', { algorithms: ['Ed25519', 'EdDSA'], members: ['kty', 'crv', 'x'] }],
  ['EC P-256', { algorithms: ['ES256'], members: ['kty', 'crv', 'x', 'y'] }],
  ['EC P-384', { algorithms: ['ES384'], members: ['kty', 'crv', 'x', 'y'] }],
  ['EC P-521', { algorithms: ['ES512'], members: ['kty', 'crv', 'x', 'y'] }],
  ['RSA', { algorithms: ['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'], members: ['kty', 'n', 'e'] }],
]);

const MIN_RSA_BYTES = 256;

/**
 * One JWK as a key for exactly one algorithm, or why it is not used.
 *
 * The algorithm is the key's own `alg`, or the only one that both fits the key and is listed for the issuer: never the
 * one that a token names (a verifier that fell back to that was CVE-2026-22817).
 */
export async function readKey(jwk: JsonValue, listed: readonly SignatureAlgorithm[]): Promise<PublicKey | IgnoredKey> {
  if (!isJsonObject(jwk)) return ignored('not an object');
  const kid = jwk.get('kid');
  if (typeof kid !== 'string' || kid === '' || kid.length > 128) return ignored('no kid of 1 to 128 characters');
  const unfit = unfitForVerifying(jwk);
  if (unfit !== undefined) return ignored(unfit);
  const type = KEY_TYPES.get(typeNameOf(jwk));
  if (type === undefined) return ignored('a key type that is not used here');
  const algorithm = algorithmOf(jwk, type.algorithms, listed);
  if (algorithm === undefined) return ignored('no single algorithm that fits it and is listed for the issuer');
  return importKey(kid, algorithm, publicPart(jwk, type.members));
}

function unfitForVerifying(jwk: JsonObject): string | undefined {
  if (jwk.has('d') || jwk.has('k') || jwk.has('priv')) return 'a private or symmetric key';
  if (jwk.has('use') && jwk.get('use') !== 'sig') return 'not for signatures';
  const operations = jwk.get('key_ops');
  if (jwk.has('key_ops') && !(isJsonArray(operations) && operations.includes('verify'))) return 'not for verifying';
  const modulus = jwk.get('n');
  if (typeof modulus !== 'string') return undefined;
  return (decodeBase64url(modulus)?.length ?? 0) < MIN_RSA_BYTES ? 'an RSA key of less than 2048 bits' : undefined;
}

function typeNameOf(jwk: JsonObject): string {
  const type = jwk.get('kty');
  const curve = jwk.get('crv');
  if (typeof type !== 'string') return '';
  return typeof curve === 'string' ? `${type} ${curve}` : type;
}

function algorithmOf(
  jwk: JsonObject,
  fitting: readonly SignatureAlgorithm[],
  listed: readonly SignatureAlgorithm[],
): SignatureAlgorithm | undefined {
  const usable = fitting.filter((name) => listed.some((other) => isSameAlgorithm(name, other)));
  const named = jwk.get('alg');
  if (jwk.has('alg')) {
    return typeof named === 'string' && isSignatureAlgorithm(named) && usable.includes(named) ? named : undefined;
  }
  const [first, ...rest] = usable;
  return first !== undefined && rest.every((other) => isSameAlgorithm(first, other)) ? first : undefined;
}

/** The public members only: whatever else the JWK says is not handed to the crypto library. */
function publicPart(jwk: JsonObject, members: readonly string[]): JWK {
  return Object.fromEntries(members.map((name) => [name, jwk.get(name)]));
}

async function importKey(kid: string, algorithm: SignatureAlgorithm, jwk: JWK): Promise<PublicKey | IgnoredKey> {
  try {
    const key = await importJWK(jwk, algorithm);
    const fingerprint = JSON.stringify([kid, algorithm, jwk]);
    return key instanceof Uint8Array ? ignored('a symmetric key') : { kid, algorithm, key, fingerprint };
  } catch {
    return ignored('its parameters are not a valid key');
  }
}

function ignored(because: string): IgnoredKey {
  return { kind: 'ignored', because };
}
