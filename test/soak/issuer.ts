import { randomUUID } from 'node:crypto';
import { GRANT_TYPE } from '../../src/capability/read-capability.ts';
import { jwkOf, newSigner, signToken, type TestSigner } from '../../src/capability/token.fixture.ts';

/** `iss` of every token that is accepted. */
export const ISSUER = 'https://issuer.example';
/** The one resource, audience of every token that is accepted. */
export const RESOURCE = 'http://127.0.0.1/tools';
/** Tokens outlive a long run. */
export const LIFETIME_S = 6 * 3600;

/** The authorization server of a soak, and a key that only looks like its own. */
export interface Issuer {
  readonly signer: TestSigner;
  readonly stranger: TestSigner;
  /** Its JWK Set. */
  readonly jwks: string;
  /** A token of `subject` for every tool; `claims` and `header` change it. */
  token(subject: string, claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
}

export function createIssuer(): Issuer {
  const signer = newSigner('Ed25519', 'soak');
  return {
    signer,
    stranger: newSigner('Ed25519', 'soak'),
    jwks: JSON.stringify({ keys: [jwkOf(signer)] }),
    token: (subject, claims = {}, header = {}) => signToken(signer, { ...claimsFor(subject), ...claims }, header),
  };
}

/** Claims of a good token. */
export function claimsFor(subject: string): Record<string, unknown> {
  const issuedAtS = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    sub: subject,
    aud: RESOURCE,
    iat: issuedAtS,
    exp: issuedAtS + LIFETIME_S,
    jti: randomUUID(),
    authorization_details: [grantOf({ '*': { extra_args: 'allow' } })],
  };
}

/** An authorization detail that grants calls of these tools. */
export function grantOf(tools: Record<string, unknown>): Record<string, unknown> {
  return { type: GRANT_TYPE, locations: [RESOURCE], actions: ['tools/call'], tools };
}
