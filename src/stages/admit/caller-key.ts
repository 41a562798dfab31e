import { headerValues, type Received } from '../../call/received.ts';
import { sha256Base64url } from '../../kit/digest.ts';

/** What of an exchange tells callers apart before it is read. */
export type Arriving = Pick<Received, 'server' | 'headers' | 'peer'>;

/** A call as it is known before it is read. */
export type Arrived = Arriving & Pick<Received, 'decisionId'>;

/**
 * Names whoever presents this credential to this server: the same for the same credential, never the credential itself.
 *
 * It is believed of nobody: what is remembered under it was said by rules of a call that had passed authentication with exactly
 * these bytes, so it is of use to nobody but who has them. Where no token is asked for (`identity: anonymous`) none is looked at:
 * anybody could be as many callers as they like.
 */
export function callerKey({ server, headers, peer }: Arriving, identity: 'token' | 'anonymous'): string {
  const credentials = identity === 'token' ? headerValues(headers, 'authorization') : [];
  if (credentials.length === 0) return `${server} ${peer.certificateSha256 ?? ''}`;
  return `${server} ${peer.certificateSha256 ?? ''} ${sha256Base64url(credentials.join('\n'))}`;
}
