import type { UpstreamCredential } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';

/**
 * Check 10, a port: the credential that the upstream is shown instead of the caller's.
 *
 * Credential brokers are not part of this version: the caller's credential is removed and nothing takes its place.
 */
export function obtainCredential(): Found<UpstreamCredential> {
  return found({ kind: 'none' });
}
