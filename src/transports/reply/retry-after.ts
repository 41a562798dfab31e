import type { RetryAfter } from '../../outcome/retries/retry-verdict.ts';
import type { ReplyHeaders } from './reply-headers.ts';

/**
 * How long a reply asks not to be asked again, milliseconds (RFC 9110 §10.2.3, in seconds). A date counts as none: it would be
 * measured by another machine's clock.
 */
export function retryAfterMs(headers: ReplyHeaders): number | undefined {
  const asked = askedPause(headers);
  return typeof asked === 'number' ? asked : undefined;
}

/** The same, where it matters whether something was asked for that is not understood. */
export function askedPause(headers: ReplyHeaders): RetryAfter {
  const value = headers('retry-after');
  if (value === undefined) return 'none';
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : 'unreadable';
}
