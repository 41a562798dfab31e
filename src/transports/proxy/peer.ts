import { hash, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Peer } from '../../call/received.ts';

/** Who is at the other end: the address, and the client certificate when this listener verified one. */
export function peerOf(socket: Socket): Peer {
  const address = socket.remoteAddress ?? '';
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return { address };
  const spiffeId = spiffeIdOf(certificate);
  return {
    address,
    certificateSha256: hash('sha256', certificate.raw, 'base64url'),
    ...(spiffeId === undefined ? {} : { spiffeId }),
  };
}

/**
 * The SPIFFE ID of an X.509-SVID: its only URI SAN (X.509-SVID §2), or `undefined`.
 *
 * Node prints names with unusual characters as JSON strings; a SPIFFE ID needs none of those, so they do not match here.
 */
export function spiffeIdOf({ subjectAltName }: Pick<X509Certificate, 'subjectAltName'>): string | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1) return undefined;
  return /^URI:(spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)+)$/.exec(uri)?.[1];
}
