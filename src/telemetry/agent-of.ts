import type { Identity } from '../decision/facts.ts';

/**
 * The agent that calls: the actor of its token (`act.sub`), else its SPIFFE id, its OAuth client, its subject, or whatever names
 * it, as `sallyport usage` tells agents apart; `undefined` of who is nobody.
 */
export function agentOf(identity: Identity | undefined): string | undefined {
  if (identity?.kind !== 'token') return undefined;
  const { actor, spiffeId, clientId, subject, principal } = identity;
  return actor ?? spiffeId ?? clientId ?? subject ?? principal;
}
