import { checkPresentation } from './check-presentation.ts';
import { establishToken } from './establish-token.ts';
import type { TokenRefusal } from './token-refusal.ts';
import type { Presentation, TokenTrust, VerifiedToken } from './verified-token.ts';

/**
 * Verifies one access token as it came with one call, remembering nothing.
 *
 * Never throws for what is in the token: that is a `TokenRefusal`. `TokenVerifier` gives the same answers with a memory.
 *
 * @param compact The text after `Bearer `.
 * @param nowMs Milliseconds since the epoch.
 */
export async function verifyToken(
  compact: string,
  trust: TokenTrust,
  presentation: Presentation,
  nowMs: number,
): Promise<VerifiedToken | TokenRefusal> {
  const token = await establishToken(compact, trust, presentation.resource, nowMs);
  if (token.kind === 'refused') return token;
  return checkPresentation(token, presentation, trust.revocations, nowMs) ?? token;
}
