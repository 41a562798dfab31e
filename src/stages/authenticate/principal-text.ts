/** The parts of an identity that make it that one and no other (DESIGN §4: iss, sub, act, SPIFFE id). */
export interface PrincipalParts {
  readonly issuer: string;
  readonly subject: string;
  readonly actor?: { readonly issuer?: string; readonly subject: string };
  readonly spiffeId?: string;
}

/**
 * One text that names the caller, the same for every token of the same caller.
 *
 * Unambiguous: a JSON array whose places are fixed and whose strings are quoted, so no choice of names makes two callers
 * look alike. It starts with `[`, which the texts for callers without token never do.
 */
export function principalText({ issuer, subject, actor, spiffeId }: PrincipalParts): string {
  return JSON.stringify([issuer, subject, actor?.issuer ?? null, actor?.subject ?? null, spiffeId ?? null]);
}

/** The caller of a server that asks for no token: the SPIFFE id of its certificate when it has one. */
export function anonymousPrincipal(spiffeId: string | undefined): string {
  return spiffeId ?? 'anonymous';
}
