import { importJWK, type JWK, SignJWT } from 'jose';
import { fromPlain, isJsonObject, type JsonObject, type PlainJson, toPlain } from '../kit/json.ts';
import { GrantError } from './grant-error.ts';
import { readCapability } from './read-capability.ts';
import { isSignatureAlgorithm } from './signature-algorithm.ts';

/** What a token is to say. */
export interface TokenRequest {
  readonly issuer: string;
  readonly subject: string;
  /** Canonical URI of the one tool server. */
  readonly audience: string;
  /** `jti`: unique, for instance a UUIDv7. */
  readonly tokenId: string;
  /** Milliseconds since the epoch; seconds count. */
  readonly issuedAtMs: number;
  readonly lifetimeS: number;
  /** Claims beside those: `authorization_details`, `scope`, `cnf`, `act`, `client_id`, `txn`. */
  readonly claims: JsonObject;
}

/**
 * Signs an access token of ours (RFC 9068; layout: docs/guides/tokens.md).
 *
 * @param privateJwk Secret; with `kid` and `alg`.
 * @throws GrantError for a grant that our own verifier would not read; TypeError for a key that cannot sign.
 */
export async function mintToken(privateJwk: JWK, request: TokenRequest): Promise<string> {
  const { kid, alg } = privateJwk;
  if (kid === undefined || alg === undefined || !isSignatureAlgorithm(alg)) {
    throw new TypeError('the key has no kid, or no alg that tokens may be signed with');
  }
  readCapability(request.claims, request.audience);
  const issuedAtS = Math.floor(request.issuedAtMs / 1000);
  return new SignJWT(claimsOf(request))
    .setProtectedHeader({ typ: 'at+jwt', alg, kid, crit: ['cap'], cap: 1 })
    .setIssuer(request.issuer)
    .setSubject(request.subject)
    .setAudience(request.audience)
    .setJti(request.tokenId)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + request.lifetimeS)
    .sign(await importJWK(privateJwk, alg), { crit: { cap: true } });
}

function claimsOf({ claims }: TokenRequest): Record<string, PlainJson> {
  return Object.fromEntries([...claims].map(([name, value]) => [name, toPlain(value)]));
}

/** Claims written in the shape of `JSON.parse`, as `TokenRequest.claims` wants them. */
export function claimsFrom(plain: Readonly<Record<string, unknown>>): JsonObject {
  const claims = fromPlain(plain);
  if (!isJsonObject(claims)) throw new GrantError('', 'claims must be an object');
  return claims;
}
