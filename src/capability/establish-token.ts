import type { JsonObject } from '../kit/json.ts';
import { type Capability } from './capability.ts';
import { GrantError } from './grant-error.ts';
import type { VerificationKey } from './key-source.ts';
import { nameBearer } from './name-bearer.ts';
import { readCapability } from './read-capability.ts';
import { readToken, type UnverifiedToken } from './read-token.ts';
import { isSameAlgorithm } from './signature-algorithm.ts';
import { readTokenClaims } from './token-claims.ts';
import { refuseToken, type TokenRefusal, type TokenRefusalCode } from './token-refusal.ts';
import type { TokenTrust, TrustedIssuer, VerifiedToken } from './verified-token.ts';
import { verifySignature } from './verify-signature.ts';

/**
 * Everything about a token that stays true while its issuer's keys do: form, issuer, signature, claims, lifetime, grant.
 *
 * What depends on this call (the time, the route, the connection, revocation) is `checkPresentation()`'s: an established
 * token must pass both. What is cheap and needs no key comes first.
 *
 * @param resource The route's resource, the only audience that is accepted.
 */
export async function establishToken(
  compact: string,
  trust: TokenTrust,
  resource: string,
  nowMs: number,
): Promise<VerifiedToken | TokenRefusal> {
  const token = readToken(compact, trust.parseJson);
  if (token.kind === 'refused') return token;
  const issuer = selectIssuer(token, trust);
  if (issuer === undefined) return refuseToken('token.issuer', 'iss is not a configured issuer');
  if (!issuer.algorithms.includes(token.header.algorithm)) {
    return refuseToken('token.algorithm', 'alg is not listed for the issuer');
  }
  const found = await findKey(token, issuer);
  if (found.kind === 'refused') return found;
  const wrong = await verifySignature(compact, found.key, issuer, resource, nowMs);
  if (wrong !== undefined) return UNSIGNED.has(wrong.code) ? wrong : nameBearer(wrong, token.claims);
  const read = readEstablished(token.claims, issuer, found, resource);
  return read.kind === 'refused' ? nameBearer(read, token.claims) : read;
}

/** Refusals of `verifySignature()` after which nobody has vouched for the claims. */
const UNSIGNED: ReadonlySet<TokenRefusalCode> = new Set([
  'token.signature',
  'token.algorithm',
  'token.critical',
  'token.malformed',
]);

/** The unverified `iss` only selects among configured issuers: it is never a place to ask for keys. */
function selectIssuer({ claims }: UnverifiedToken, { issuers }: TokenTrust): TrustedIssuer | undefined {
  const named = claims.get('iss');
  return typeof named === 'string' ? issuers.get(named) : undefined;
}

type FoundKey = { readonly kind: 'key'; readonly key: VerificationKey; readonly epoch: number };

async function findKey({ header }: UnverifiedToken, { keys }: TrustedIssuer): Promise<FoundKey | TokenRefusal> {
  const known = await keys.current();
  const set = known?.keys.has(header.kid) === false ? await keys.lookAgain() : known;
  if (set === undefined) return refuseToken('token.keys-unavailable', 'no keys of the issuer can be had');
  const key = set.keys.get(header.kid);
  if (key === undefined) return refuseToken('token.key-unknown', 'kid is not among the keys of the issuer');
  if (!isSameAlgorithm(key.algorithm, header.algorithm)) {
    return refuseToken('token.algorithm', `the key is for ${key.algorithm} only`);
  }
  return { kind: 'key', key, epoch: set.epoch };
}

function readEstablished(
  claims: JsonObject,
  { maxLifetimeS, leewayS, statusLists, scopeGrants }: TrustedIssuer,
  { key, epoch: keyEpoch }: FoundKey,
  resource: string,
): VerifiedToken | TokenRefusal {
  const read = readTokenClaims(claims);
  if ('kind' in read) return read;
  const lifetimeMs = read.expiresAtMs - read.issuedAtMs;
  if (lifetimeMs <= 0) return refuseToken('token.lifetime', 'exp is not after iat');
  if (lifetimeMs > maxLifetimeS * 1000) return refuseToken('token.lifetime', `lives longer than ${maxLifetimeS} s`);
  if (claims.has('status') && statusLists === 'refused') {
    return refuseToken('token.status-unchecked', 'status names a list that is not consulted');
  }
  const capability = readGrant(claims, resource, scopeGrants);
  if (capability instanceof GrantError) {
    return refuseToken('token.grant-malformed', `${capability.pointer}: ${capability.message}`);
  }
  return {
    kind: 'verified',
    ...read,
    claims,
    leewayMs: leewayS * 1000,
    capability,
    keyEpoch,
    keyWithdrawn: key.withdrawn,
  };
}

function readGrant(
  claims: JsonObject,
  resource: string,
  scopeGrants: TrustedIssuer['scopeGrants'],
): Capability | GrantError {
  try {
    return readCapability(claims, resource, scopeGrants);
  } catch (cause) {
    if (cause instanceof GrantError) return cause;
    throw cause;
  }
}
