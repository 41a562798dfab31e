import type { Call } from '../../call/call.ts';
import type { Peer } from '../../call/received.ts';
import type { Revocations } from '../../capability/revocations.ts';
import type { TokenRefusal } from '../../capability/token-refusal.ts';
import type { TokenVerifier } from '../../capability/token-verifier.ts';
import type { VerifiedToken } from '../../capability/verified-token.ts';
import { deny, fault, type Found, found, type Refusal } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { AuthenticatedIdentity } from '../facts.ts';
import { bearerToken } from './bearer-token.ts';
import { anonymousPrincipal, principalText } from './principal-text.ts';
import type { Tenancy } from './tenant-of.ts';

/** What a tool server asks of its callers. */
export interface ServerAccess {
  readonly identity: 'token' | 'anonymous';
  readonly capability: 'token' | 'none';
  /** Canonical URI, the only audience; `undefined` only where no token is asked for. */
  readonly resource: string | undefined;
}

export interface AuthenticateOptions {
  readonly accessOf: (server: string) => ServerAccess | undefined;
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  readonly revocations?: Revocations;
  /** Default: no issuer says anything of tenants. */
  readonly tenantOf?: (issuer: string, claims: JsonObject) => Tenancy;
  /** Where a call came from, as far as that tells who sent it. Default: nobody can tell. */
  readonly sourceOf?: (call: Pick<Call, 'server' | 'peer'>) => string | undefined;
  readonly clock: Clock;
}

/**
 * Check 3: who is calling.
 *
 * A token is never optional: a server either asks for one or, by `identity: anonymous`, looks at none. There a token
 * that is sent all the same is neither verified nor believed, and like every credential it is not forwarded.
 */
export async function authenticate(
  call: Pick<Call, 'server' | 'headers' | 'peer'>,
  options: AuthenticateOptions,
): Promise<Found<AuthenticatedIdentity>> {
  const access = options.accessOf(call.server);
  if (access === undefined) return deny('authenticate', 'http.route');
  const bearer = bearerToken(call.headers);
  if (access.identity === 'anonymous') {
    // The scheme does not matter where nothing is read, but two credentials are ambiguous everywhere.
    const ambiguous = bearer.kind === 'deny' && bearer.reason === 'http.header-duplicate';
    return ambiguous ? bearer : found(anonymous(call.peer));
  }
  if (bearer.kind === 'deny') return bearer;
  if (bearer.kind === 'absent') return deny('authenticate', 'token.missing');
  if (access.resource === undefined)
    return fault('authenticate', 'fault.internal', new Error('server without resource'));
  const { certificateSha256 } = call.peer;
  const from = options.sourceOf?.(call);
  const presentation = {
    resource: access.resource,
    ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
    ...(from === undefined ? {} : { from }),
  };
  const token = await options.verifier.verify(bearer.compact, presentation, options.clock.nowMs());
  if (token.kind === 'refused') return refusalOf(token);
  const tenancy = options.tenantOf?.(token.issuer, token.claims) ?? { kind: 'found', tenant: undefined };
  if (tenancy.kind === 'missing') return deny('authenticate', 'token.claims', {}, 'the claim that names the tenant');
  const identity = identityOf(token, call.peer, options.revocations);
  return found(tenancy.tenant === undefined ? identity : { ...identity, tenant: tenancy.tenant });
}

/** The caller is told the reason only; what exactly was found is for the operator. */
function refusalOf({ code, detail, retryAfterMs }: TokenRefusal): Refusal {
  switch (code) {
    case 'token.keys-unavailable':
    case 'token.revocations-unavailable':
      return fault('authenticate', code, new Error(detail));
    default:
      return deny('authenticate', code, retryAfterMs === undefined ? {} : { retryAfterMs }, detail);
  }
}

function anonymous(peer: Peer): AuthenticatedIdentity {
  return {
    kind: 'anonymous',
    principal: anonymousPrincipal(peer.spiffeId),
    ...certificateOf(peer),
    claims: undefined,
    capability: undefined,
  };
}

function identityOf(token: VerifiedToken, peer: Peer, revocations: Revocations | undefined): AuthenticatedIdentity {
  const { issuer, subject, actor, clientId, transaction, tokenId, expiresAtMs, claims, capability, keyWithdrawn } =
    token;
  const certificate = certificateOf(peer);
  return {
    kind: 'token',
    principal: principalText({ issuer, subject, ...(actor === undefined ? {} : { actor }), ...certificate }),
    issuer,
    subject,
    ...(actor === undefined ? {} : { actor: actor.subject }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(transaction === undefined ? {} : { transaction }),
    ...certificate,
    tokenId,
    expiresAtMs,
    withdrawn: keyWithdrawn,
    ...(revocations === undefined ? {} : { revoked: revocations.signalFor(tokenId, expiresAtMs) }),
    claims,
    capability,
  };
}

function certificateOf({
  spiffeId,
  certificateSha256,
}: Peer): Pick<AuthenticatedIdentity, 'spiffeId' | 'certificateSha256'> {
  return {
    ...(spiffeId === undefined ? {} : { spiffeId }),
    ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
  };
}
