import type { JsonObject } from '../../kit/json.ts';
import type { AuthenticateConfig } from './config.ts';

/** Which tenant a verified token is of: `undefined` where its issuer says nothing of tenants. */
export type Tenancy = { readonly kind: 'found'; readonly tenant: string | undefined } | { readonly kind: 'missing' };

/** Longest name of a tenant, UTF-16 code units. */
const MAX_TENANT = 256;

/**
 * Reads the tenant of a token as `tenant` of its issuer says. A token without the claim that should name it is of no tenant, and
 * must not pass: it would share what all such tokens share. Nor may one whose claim names an issuer that is accepted: where that
 * says nothing of tenants its callers are the tenant of that name, and a tenant may have chosen its own name.
 */
export function tenantReader({
  issuers,
}: Pick<AuthenticateConfig, 'issuers'>): (issuer: string, claims: JsonObject) => Tenancy {
  const byIssuer = new Map(issuers.map(({ issuer, tenant }) => [issuer, tenant]));
  const isIssuer = new Set(issuers.map(({ issuer }) => issuer));
  return (issuer, claims) => {
    const rule = byIssuer.get(issuer);
    if (rule === undefined) return { kind: 'found', tenant: undefined };
    const tenant = 'name' in rule ? rule.name : claims.get(rule.claim);
    const named = typeof tenant === 'string' && tenant.length > 0 && tenant.length <= MAX_TENANT;
    if (named && 'claim' in rule && isIssuer.has(tenant)) return { kind: 'missing' };
    return named ? { kind: 'found', tenant } : { kind: 'missing' };
  };
}
