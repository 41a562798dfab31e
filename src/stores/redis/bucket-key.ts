import { hash } from 'node:crypto';
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

/** 128 bits of SHA-256 in base64url. */
function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
