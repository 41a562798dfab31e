import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import { parseJson } from '../../src/call/parse-json.ts';
import {
  base64url,
  goodClaims,
  NOW_MS,
  newSigner,
  PLAIN,
  type TestSigner,
  trustIn,
} from '../../src/capability/token.fixture.ts';
import type { Presentation, TrustedIssuer } from '../../src/capability/verified-token.ts';
import { verifyToken } from '../../src/capability/verify-token.ts';
import { SELF_SIGNED_KEY } from '../../src/capability/self-signed.fixture.ts';

/** The issuer's key, which the attacker does not have. */
export const issuerKey = newSigner('Ed25519', 'k1');
/** The issuer's RSA key, published as PEM like any other. */
export const issuerRsa = newSigner('RS256', 'rsa');
export const issuerRsaPem = issuerRsa.publicKey.export({ type: 'spki', format: 'pem' });
/** A key of the attacker's own, under the issuer's kid. */
export const attackerKey = newSigner('Ed25519', 'k1');
/** The key of the attacker's self-signed certificate. */
export const certifiedKey: TestSigner = {
  kid: 'k1',
  algorithm: 'ES256',
  privateKey: createPrivateKey({ key: SELF_SIGNED_KEY, format: 'jwk' }),
  publicKey: createPublicKey({ key: SELF_SIGNED_KEY, format: 'jwk' }),
};

const trust = await trustIn(
  [issuerKey, issuerRsa],
  { algorithms: ['EdDSA', 'Ed25519', 'ES256', 'RS256'] },
  { parseJson },
);

/** What Sallyport's verifier, with the strict reader of the product, answers: `verified` or the reason. */
export async function sallyport(compact: string, presentation: Presentation = PLAIN): Promise<string> {
  const token = await verifyToken(compact, trust, presentation, NOW_MS);
  return token.kind === 'refused' ? token.code : token.kind;
}

/** The same with another configuration of the issuer. */
export async function sallyportTrusting(compact: string, changes: Partial<TrustedIssuer>): Promise<string> {
  const other = await trustIn([issuerKey, issuerRsa], changes, { parseJson });
  const token = await verifyToken(compact, other, PLAIN, NOW_MS);
  return token.kind === 'refused' ? token.code : token.kind;
}

/** A token whose signature is an HMAC under `secret`. */
export function macToken(
  secret: string | Buffer,
  header: Record<string, unknown>,
  claims: Record<string, unknown> = {},
): string {
  const input = unsigned({ typ: 'at+jwt', alg: 'HS256', kid: 'rsa', ...header }, claims);
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Header and claims without a signature. */
export function unsigned(header: Record<string, unknown>, claims: Record<string, unknown> = {}): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(goodClaims(claims)))}`;
}
