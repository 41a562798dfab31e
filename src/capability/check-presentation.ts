import { unprovenPart } from './confirmation.ts';
import { nameBearer } from './name-bearer.ts';
import type { Revocations } from './revocations.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import type { Presentation, VerifiedToken } from './verified-token.ts';

/**
 * What must be looked at every time a token comes, also when its signature is known to be good: that it is for this
 * route, in its time, not revoked, and brought by whom it is bound to.
 *
 * @param nowMs Milliseconds since the epoch. At `exp` plus leeway the token is over (RFC 7519 §4.1.4: "on or after").
 * @returns `undefined` when all of it holds.
 */
export function checkPresentation(
  token: VerifiedToken,
  presentation: Presentation,
  revocations: Revocations | undefined,
  nowMs: number,
): TokenRefusal | undefined {
  const wrong = whatIsWrong(token, presentation, revocations, nowMs);
  return wrong === undefined ? undefined : nameBearer(wrong, token.claims);
}

function whatIsWrong(
  token: VerifiedToken,
  presentation: Presentation,
  revocations: Revocations | undefined,
  nowMs: number,
): TokenRefusal | undefined {
  if (token.audience !== presentation.resource) return refuseToken('token.audience', 'aud is not this resource');
  if (nowMs >= token.expiresAtMs + token.leewayMs) return refuseToken('token.expired', 'exp has passed');
  const latestStartMs = Math.max(token.issuedAtMs, token.notBeforeMs ?? 0);
  if (latestStartMs > nowMs + token.leewayMs) return refuseToken('token.not-yet-valid', 'iat or nbf is not reached');
  return checkRevoked(token, revocations) ?? checkProof(token, presentation);
}

function checkRevoked({ tokenId }: VerifiedToken, revocations: Revocations | undefined): TokenRefusal | undefined {
  const state = revocations === undefined ? 'not-revoked' : revocations.check(tokenId);
  if (state === 'not-revoked') return undefined;
  return state === 'revoked'
    ? refuseToken('token.revoked', 'jti is on the deny list')
    : refuseToken('token.revocations-unavailable', 'the deny list cannot be read');
}

function checkProof({ confirmation }: VerifiedToken, presentation: Presentation): TokenRefusal | undefined {
  const unproven = confirmation === undefined ? undefined : unprovenPart(confirmation, presentation);
  return unproven === undefined ? undefined : refuseToken('token.proof-missing', unproven);
}
