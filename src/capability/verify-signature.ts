import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { VerificationKey } from './key-source.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import type { TrustedIssuer } from './verified-token.ts';

/** Claims without which nothing is an access token of ours (RFC 9068 §2.2, less `client_id`, which not every issuer has). */
const REQUIRED_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'];

/**
 * Checks the signature with the issuer's own key, and the claims that jose knows, with everything it can be told pinned:
 * algorithms, issuer, audience, type, required claims, critical extensions (RFC 8725 §3).
 *
 * @param resource The only audience that is accepted.
 * @returns `undefined` when all of it is good.
 * @throws what is neither a refusal nor a fault of the token: the caller turns it into a Fault.
 */
export async function verifySignature(
  compact: string,
  key: VerificationKey,
  issuer: TrustedIssuer,
  resource: string,
  nowMs: number,
): Promise<TokenRefusal | undefined> {
  try {
    await jwtVerify(compact, key.key, {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: resource,
      typ: 'at+jwt',
      requiredClaims: REQUIRED_CLAIMS,
      crit: { cap: true },
      clockTolerance: issuer.leewayS,
      currentDate: new Date(nowMs),
    });
    return undefined;
  } catch (cause) {
    return refusalOf(cause);
  }
}

function refusalOf(cause: unknown): TokenRefusal {
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return refuseToken('token.signature', 'the signature does not fit');
  }
  if (cause instanceof errors.JWTExpired) return refuseToken('token.expired', 'exp has passed');
  if (cause instanceof errors.JWTClaimValidationFailed) return refusalOfClaim(cause);
  if (cause instanceof errors.JOSEAlgNotAllowed) return refuseToken('token.algorithm', 'alg is not listed');
  if (cause instanceof errors.JOSENotSupported) return refuseToken('token.critical', 'crit is not understood');
  if (cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid) {
    return refuseToken('token.malformed', 'not a JWT');
  }
  throw cause;
}

function refusalOfClaim({ claim, reason }: errors.JWTClaimValidationFailed): TokenRefusal {
  if (reason !== 'check_failed') return refuseToken('token.claims', `${claim} is missing or has the wrong form`);
  switch (claim) {
    case 'aud':
      return refuseToken('token.audience', 'aud is not this resource');
    case 'iss':
      return refuseToken('token.issuer', 'iss is not the configured issuer');
    case 'typ':
      return refuseToken('token.type', 'typ is not at+jwt');
    case 'nbf':
      return refuseToken('token.not-yet-valid', 'nbf is not reached');
    default:
      return refuseToken('token.claims', `${claim} does not hold`);
  }
}
