import { REASONS, type ReasonCode } from '../../call/reason.ts';
import { metadataUrl } from './metadata.ts';
import type { ProtectedResource } from './protected-resource.ts';

/**
 * The `WWW-Authenticate` value that tells a client what credential to bring (RFC 6750 §3, RFC 9728 §5.1), `undefined` for
 * reasons that a credential would not change.
 *
 * A request without any token gets no error code (RFC 6750 §3.1).
 */
export function challengeFor(reason: ReasonCode, resource: ProtectedResource | undefined): string | undefined {
  const { class: kind, says } = REASONS[reason];
  if (kind !== 'unauthenticated' && kind !== 'forbidden') return undefined;
  const parameters: [string, string][] = [];
  if (kind === 'forbidden') parameters.push(['error', 'insufficient_scope'], ['error_description', says]);
  else if (reason !== 'token.missing') parameters.push(['error', 'invalid_token'], ['error_description', says]);
  if (resource !== undefined) {
    if (resource.scopes.length > 0) parameters.push(['scope', resource.scopes.join(' ')]);
    parameters.push(['resource_metadata', metadataUrl(resource)]);
  }
  const printed = parameters.map(([name, value]) => `${name}="${quotable(value)}"`).join(', ');
  return printed === '' ? 'Bearer' : `Bearer ${printed}`;
}

/** Only what may stand in an RFC 6750 attribute; texts are ours and scopes the operator's. */
function quotable(value: string): string {
  return value.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
}
