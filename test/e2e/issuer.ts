import { randomUUID } from 'node:crypto';
import { claimsFrom, mintToken } from '../../src/capability/mint-token.ts';
import { GRANT_TYPE } from '../../src/capability/read-capability.ts';
import { generateSigningKey } from '../../src/capability/signing-key.ts';

/** What a token is to be. What is left out: everything on `audience`, for five minutes, bound to nothing. */
export interface TokenWish {
  readonly subject: string;
  readonly audience: string;
  /** Grants by tool name, as they stand in the token; absent: every tool with any arguments. */
  readonly tools?: Readonly<Record<string, object>>;
  /** URIs of the resources that are granted; absent: all. */
  readonly resources?: readonly string[];
  /** Members of the grant beside those, such as `budget`. */
  readonly grant?: Readonly<Record<string, object>>;
  readonly lifetimeS?: number;
  /** `jti`. Default: a new one. */
  readonly tokenId?: string;
  /** Claims beside those, such as `cnf` and `act`. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** An authorization server with one key, as the operator and the agents know it. */
export interface Issuer {
  /** `iss`. */
  readonly name: string;
  /** Its JWK Set, as text. */
  readonly jwks: string;
  token(wish: TokenWish): Promise<string>;
}

/** Any arguments of a tool. */
export const ANY_ARGUMENTS = { extra_args: 'allow' } as const;

/** An issuer with a key of its own, whose tokens are made by the code behind `sallyport token mint`. */
export async function createIssuer(name = 'https://issuer.example'): Promise<Issuer> {
  const { privateJwk, publicJwk } = await generateSigningKey('EdDSA');
  return {
    name,
    jwks: JSON.stringify({ keys: [publicJwk] }),
    token({ subject, audience, tools = { '*': ANY_ARGUMENTS }, resources = ['*'], ...rest }) {
      const { grant = {}, lifetimeS = 300, tokenId = randomUUID(), claims = {} } = rest;
      const detail = {
        type: GRANT_TYPE,
        locations: [audience],
        actions: ['tools/call', 'prompts/get', 'resources/read'],
        tools,
        prompts: ['*'],
        resources,
        ...grant,
      };
      return mintToken(privateJwk, {
        issuer: name,
        subject,
        audience,
        tokenId,
        issuedAtMs: Date.now(),
        lifetimeS,
        claims: claimsFrom({ authorization_details: [detail], ...claims }),
      });
    },
  };
}
