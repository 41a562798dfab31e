import { randomUUID } from 'node:crypto';
import { jwkOf, newSigner } from '../../src/capability/token.fixture.ts';
import { GRANT_TYPE } from '../../src/capability/read-capability.ts';
import { claimsFrom, mintToken } from '../../src/capability/mint-token.ts';

/** What clients call the server `files` in these tests: its Host is `tools.example`. */
export const RESOURCE = 'https://tools.example/files';
const ISSUER = 'https://sts.example';

export interface TokenChanges {
  readonly audience?: string;
  /** How long ago it was issued; it lives for a minute. */
  readonly ageS?: number;
  /** Names of the granted tools. Default: all. */
  readonly tools?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** An issuer that a Sallyport under test believes. */
export interface TokenIssuer {
  /** Files and sections of its configuration. */
  readonly files: Readonly<Record<string, string>>;
  readonly more: string;
  token(changes?: TokenChanges): Promise<string>;
}

export function newIssuer(): TokenIssuer {
  const signer = newSigner();
  const privateJwk = { ...signer.privateKey.export({ format: 'jwk' }), kid: signer.kid, alg: signer.algorithm };
  return {
    files: { 'jwks.json': JSON.stringify({ keys: [jwkOf(signer)] }) },
    more: `authenticate: { issuers: [{ issuer: "${ISSUER}", jwks: { file: jwks.json } }] }`,
    token: ({ audience = RESOURCE, ageS = 0, tools = ['*'], claims = {} } = {}) => {
      const granted = Object.fromEntries(tools.map((tool) => [tool, { extra_args: 'allow' }]));
      const detail = { type: GRANT_TYPE, locations: [audience], actions: ['tools/call'], tools: granted };
      return mintToken(privateJwk, {
        issuer: ISSUER,
        subject: 'user:alice',
        audience,
        tokenId: randomUUID(),
        issuedAtMs: Date.now() - ageS * 1000,
        lifetimeS: 60,
        claims: claimsFrom({ authorization_details: [detail], ...claims }),
      });
    },
  };
}
