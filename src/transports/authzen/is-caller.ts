import type { Identity } from '../../decision/facts.ts';

/** How a caller is named that nobody identified. */
const ANONYMOUS = 'anonymous';

/**
 * Whether `subject` is who asks: by the token's `sub`, by `act.sub` of the agent that acts for it, or by its SPIFFE id. Types are
 * the asker's own words, except that `anonymous` is the caller of a server that identifies none, and no other.
 */
export function isCaller(subject: { readonly type: string; readonly id: string }, identity: Identity): boolean {
  const { kind, subject: sub, actor, spiffeId } = identity;
  if (kind === 'anonymous') return subject.type === ANONYMOUS && subject.id === ANONYMOUS;
  return subject.type !== ANONYMOUS && [sub, actor, spiffeId].some((name) => name !== undefined && name === subject.id);
}
