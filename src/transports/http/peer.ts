import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Peer } from '../../call/received.ts';
import { certificateIdentity } from '../request/certificate-identity.ts';

/**
 * Who is at the other end: the address, and the client certificate when this listener verified one. One that has ended since the
 * connection was made names nobody any more.
 */
export function peerOf(socket: Socket, nowMs: number): Peer {
  const address = socket.remoteAddress ?? '';
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined || certificate.validToDate.getTime() <= nowMs) return { address };
  return { address, ...certificateIdentity(certificate) };
}
