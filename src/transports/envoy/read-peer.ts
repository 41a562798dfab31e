import { X509Certificate } from 'node:crypto';
import type { Peer } from '../../call/received.ts';
import { Lru } from '../../kit/lru.ts';
import { type CertificateIdentity, certificateIdentity } from '../request/certificate-identity.ts';
import type { EnvoyPeer } from './envoy-peer.ts';

/** Reads who is at the other end of the agent's connection, as Envoy tells it. */
export type ReadPeer = (source: EnvoyPeer) => Peer;

/** Certificates that are parsed once; an agent's connection shows the same one with every request. */
const REMEMBERED = 1024;

/**
 * A reader of peers. `certificates: 'ignored'`: Envoy's listeners do not all verify client certificates, so none counts.
 *
 * The reader throws when there is a certificate that cannot be read: it could not be told who is calling.
 */
export function createReadPeer(certificates: 'ignored' | 'verified'): ReadPeer {
  const known = new Lru<string, CertificateIdentity>(REMEMBERED);
  return ({ address, certificate }) => {
    const peer = { address: address?.kind === 'socket' ? address.address : '' };
    if (certificates === 'ignored' || certificate === '') return peer;
    const identity = known.get(certificate) ?? readCertificate(certificate);
    known.set(certificate, identity);
    return { ...peer, ...identity };
  };
}

/** ext_authz sends the leaf as URL-encoded PEM, ext_proc as PEM, in which nothing is encoded. */
function readCertificate(text: string): CertificateIdentity {
  return certificateIdentity(new X509Certificate(decodeURIComponent(text)));
}
