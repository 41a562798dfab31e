import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Peer } from '../../call/received.ts';
import { certificateIdentity } from '../request/certificate-identity.ts';

/** Who is at the other end: the address, and the client certificate when this listener verified one. */
export function peerOf(socket: Socket): Peer {
  const address = socket.remoteAddress ?? '';
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? { address } : { address, ...certificateIdentity(certificate) };
}
