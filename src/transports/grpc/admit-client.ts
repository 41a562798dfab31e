import type { X509Certificate } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { certificateIdentity, isSpiffeId } from '../request/certificate-identity.ts';

/** Says whether a connection may be served. */
export type AdmitClient = (session: ServerHttp2Session) => boolean;

/**
 * Lets in who has shown a certificate that Node has verified, that is an X.509-SVID, and whose SPIFFE id is among `clients`.
 *
 * @throws RangeError when one of `clients` is no SPIFFE id: nobody could have it.
 */
export function admitClients(clients: readonly string[]): AdmitClient {
  const wrong = clients.find((client) => !isSpiffeId(client));
  if (wrong !== undefined) throw new RangeError(`not a SPIFFE id: ${wrong}`);
  const admitted = new Set(clients);
  return ({ socket }) => {
    if (!(socket instanceof TLSSocket) || !socket.authorized || socket.isSessionReused()) return false;
    const certificate = socket.getPeerX509Certificate();
    return certificate !== undefined && isAdmitted(certificate, admitted);
  };
}

/** Whether it is an X.509-SVID with one of these ids. */
export function isAdmitted(certificate: X509Certificate, admitted: ReadonlySet<string>): boolean {
  const { spiffeId } = certificateIdentity(certificate);
  return spiffeId !== undefined && admitted.has(spiffeId);
}
