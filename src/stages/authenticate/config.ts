import { z } from 'zod';
import type { ScopeGrant } from '../../capability/scope-grants.ts';
import { DEFAULT_ALGORITHMS, SIGNATURE_ALGORITHMS } from '../../capability/signature-algorithm.ts';

const names = z.array(z.string().min(1).max(2048));

const scopeGrantSchema = z.strictObject({
  resource: z.url().optional().describe('Resource that the scope counts for. Default: whichever the token is for.'),
  tools: names
    .default([])
    .describe('Exact tool names that the scope grants, or "*". Any arguments: rules narrow them.'),
  prompts: names.default([]).describe('Exact prompt names that the scope grants, or "*".'),
  resources: names.default([]).describe('Exact resource URIs that the scope grants, or "*".'),
});

const jwksSchema = z
  .strictObject({
    file: z.string().min(1).optional().describe('JWK Set file, relative to this file. Re-read when it changes.'),
    url: z
      .url({ protocol: /^https?$/, error: 'Must be an http or https URL' })
      .optional()
      .describe('URL of the JWK Set. https, or http on a loopback host.'),
    allow_http: z
      .boolean()
      .default(false)
      .describe('Lets url be http on another host: whoever is in between can sign.'),
    max_age_s: z
      .int()
      .min(10)
      .max(86_400)
      .default(600)
      .describe('Age at which fetched keys are asked for anew, seconds.'),
    last_good_s: z
      .int()
      .min(0)
      .max(86_400)
      .default(3600)
      .describe('How long keys may be used after their last successful reading when they cannot be read, seconds.'),
    timeout_ms: z.int().min(100).max(30_000).default(3000).describe('Longest time one fetch may take, milliseconds.'),
  })
  .refine(({ file, url }) => (file === undefined) !== (url === undefined), 'Must have either file or url');

const issuerSchema = z.strictObject({
  issuer: z
    .string()
    .min(1)
    .max(512)
    .describe('Exact value of iss. Also the authorization server that challenges name.'),
  jwks: jwksSchema.describe('Where the public keys of the issuer are. Never taken from a token.'),
  algorithms: z
    .array(z.enum(SIGNATURE_ALGORITHMS))
    .min(1)
    .default([...DEFAULT_ALGORITHMS])
    .describe('Algorithms that the issuer may sign with.'),
  max_lifetime_s: z.int().min(1).max(86_400).default(300).describe('Longest exp - iat of a token, seconds.'),
  leeway_s: z.int().min(0).max(5).default(5).describe('How far the clock of the issuer may be off, seconds.'),
  status_lists: z
    .enum(['refused', 'ignored'])
    .default('refused')
    .describe(
      'Tokens with a status claim (Token Status List), which is not consulted here. refused: they are not accepted, for they may have been revoked. ignored: they are, as if they had none.',
    ),
  scope_grants: z
    .record(
      z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'Must be one scope name (RFC 6749 §3.3)'),
      scopeGrantSchema,
    )
    .default({})
    .describe('What scopes of the issuer grant, for tokens without our authorization_details.'),
  tenant: z
    .union(
      [
        z.strictObject({ name: z.string().min(1).max(256).describe('All tokens of the issuer are of this tenant.') }),
        z.strictObject({
          claim: z
            .string()
            .min(1)
            .max(256)
            .describe('Claim that names the tenant, a text. A token without it is refused.'),
        }),
      ],
      { error: 'Must be { name: TENANT } or { claim: CLAIM }' },
    )
    .optional()
    .describe('Whose callers these are, for limits that count by tenant. Default: each issuer is a tenant.'),
});

/** Whose tokens are accepted, as the operator writes it. */
export const authenticateConfig = z.strictObject({
  issuers: z
    .array(issuerSchema)
    .default([])
    .refine(
      (issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length,
      'Must name each issuer once',
    )
    .describe('Authorization servers whose tokens are accepted. None: no token is.'),
  revocations: z
    .strictObject({
      file: z
        .string()
        .min(1)
        .describe(
          'Deny list of token ids (jti), relative to this file: one a line, or a JSON array. Followed as it changes.',
        ),
    })
    .optional()
    .describe('Tokens that are refused before their time. Default: none.'),
  failures: z
    .strictObject({
      per_token: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(5)
        .describe('Times that the same bad token is looked at in the window before it is not for a pause.'),
      per_address: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(100)
        .describe(
          'Bad tokens from one address in the window before no unknown one from there is looked at for a pause.',
        ),
      by_address: z
        .enum(['proxy', 'always', 'never'])
        .default('proxy')
        .describe(
          'Where failures count by address. proxy: on listeners that agents connect to. always: also behind Envoy, by the address that Envoy names, and on the forward-auth door; only where that is not one that many agents share. never: failures count by token alone.',
        ),
      window_s: z.int().min(1).max(3600).default(60).describe('Time over which failures are counted, seconds.'),
      pause_s: z.int().min(1).max(3600).default(10).describe('Time for which nothing is looked at then, seconds.'),
    })
    .prefault({})
    .describe('How many bad tokens are looked at. Tokens that were good before pass whatever others send.'),
  cache: z
    .strictObject({
      max_tokens: z.int().min(1).max(1_000_000).default(10_000).describe('Most verified tokens that are remembered.'),
      max_bytes: z
        .int()
        .min(64 * 1024)
        .max(1024 * 1024 * 1024)
        .default(32 * 1024 * 1024)
        .describe('Most memory that verified tokens may take, bytes (estimated).'),
    })
    .prefault({})
    .describe('How much is remembered of tokens that were verified.'),
});
export type AuthenticateConfig = z.infer<typeof authenticateConfig>;
export type IssuerConfig = AuthenticateConfig['issuers'][number];
export type JwksConfig = IssuerConfig['jwks'];

/** The scope grants of an issuer in the names of the code. */
export function scopeGrantsOf({ scope_grants: written }: IssuerConfig): ReadonlyMap<string, ScopeGrant> {
  return new Map(
    Object.entries(written).map(([scope, { resource, tools, prompts, resources }]) => [
      scope,
      { resource, tools, prompts, resources },
    ]),
  );
}
