import { hash } from 'node:crypto';
import type { CountScope } from '../../stages/limit/count-store.ts';
import type { LimitScope } from '../../stages/limit/limit-store.ts';

/** The slot of what callers of several tenants share. */
const SHARED = 'shared';

/**
 * What all keys of a tenant have in braces, so that Redis Cluster keeps them in one slot and one script can take from all of
 * them; what tenants share is in a slot of its own.
 */
export function hashTagOf({ tenant }: Pick<LimitScope, 'tenant'>): string {
  return tenant === undefined ? SHARED : digestOf(tenant);
}

/** The key of a scope in Redis. Names that callers choose go in as a digest: they can say nothing there, and are short. */
export function bucketKeyOf(prefix: string, scope: LimitScope): string {
  return `${prefix}:{${hashTagOf(scope)}}:b:${digestOf(scope.key)}`;
}

/** The key of a count in Redis. Each kind is one of its own. */
export function countKeyOf(prefix: string, scope: CountScope): string {
  return `${prefix}:{${hashTagOf(scope)}}:${LETTERS[scope.kind]}:${digestOf(scope.key)}`;
}

const LETTERS = { concurrent: 'c', calls: 'n', cost: 'm' } as const;

/** The key of a reservation, among what has the same hash tag. */
export function reservationKeyOf(prefix: string, hashTag: string, decisionId: string): string {
  return `${prefix}:{${hashTag}}:r:${digestOf(decisionId)}`;
}

/** 128 bits of SHA-256 in base64url. */
function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
