import type { HeaderList } from '../../call/received.ts';
import type { Quota } from '../../decision/quota.ts';

/**
 * `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-11 has them: structured fields (RFC 9651), lists of
 * strings with parameters. Nothing where nothing is told.
 */
export function rateLimitFields(quotas: readonly Quota[] | undefined): HeaderList {
  if (quotas === undefined || quotas.length === 0) return [];
  const policies = quotas.flatMap((quota) => quota.policies);
  return [
    [
      'ratelimit-policy',
      policies.map(({ name, calls, windowS }) => `${text(name)};q=${calls};w=${windowS}`).join(', '),
    ],
    ['ratelimit', quotas.map(limitItem).join(', ')],
  ];
}

/**
 * `t` is the time in which no more than `r` can be used. Tokens come back one by one, so it is known only where none is left: then it
 * is what `Retry-After` says.
 */
function limitItem({ name, left, noneForS }: Quota): string {
  const item = `${text(name)};r=${left}`;
  return noneForS === undefined ? item : `${item};t=${noneForS}`;
}

/** An sf-string. Names are those of rules, whose characters are letters, digits and a few more. */
function text(name: string): string {
  return `"${name.replaceAll(/[^\w./-]/g, '_')}"`;
}
