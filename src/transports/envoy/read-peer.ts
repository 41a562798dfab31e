import { X509Certificate } from 'node:crypto';
import type { HeaderList, Peer } from '../../call/received.ts';
import type { Clock } from '../../kit/clock.ts';
import { Lru } from '../../kit/lru.ts';
import { type CertificateIdentity, certificateIdentity } from '../request/certificate-identity.ts';
import type { EnvoyPeer } from './envoy-peer.ts';
import { forwardedCertificate } from './forwarded-certificate.ts';

/** Reads who is at the other end of the agent's connection, as Envoy tells it. */
export type ReadPeer = (source: EnvoyPeer, headers: HeaderList) => Peer;

/**
 * What is said of Envoy's listeners. `verified`: those with TLS verify client certificates. `xfcc_sanitize_set`: they also
 * write them into x-forwarded-client-cert, over whatever an agent wrote there. `ignored`: neither, so no certificate counts.
 */
export type ClientCertificates = 'ignored' | 'verified' | 'xfcc_sanitize_set';

/** A certificate that was read. */
interface Known {
  readonly identity: CertificateIdentity;
  /** When it ends, milliseconds since the epoch. */
  readonly endsAtMs: number;
}

/** Certificates that are parsed once; an agent's connection shows the same one with every request. */
const REMEMBERED = 1024;

/**
 * A reader of peers. Thumbprint and SPIFFE id are those of the certificate itself, whatever is said of it elsewhere. One that
 * has ended since the connection was made names nobody any more.
 *
 * The reader throws when there is a certificate that cannot be read, or two: it could not be told who is calling.
 */
export function createReadPeer(certificates: ClientCertificates, clock: Pick<Clock, 'nowMs'>): ReadPeer {
  const known = new Lru<string, Known>(REMEMBERED);
  return ({ address, certificate: shown }, headers) => {
    const peer = { address: address?.kind === 'socket' ? address.address : '' };
    if (certificates === 'ignored') return peer;
    const text = certificates === 'verified' ? shown : sameAsShown(forwardedCertificate(headers), shown);
    if (text === '') return peer;
    const { identity, endsAtMs } = known.get(text) ?? readCertificate(text);
    known.set(text, { identity, endsAtMs });
    return clock.nowMs() < endsAtMs ? { ...peer, ...identity } : peer;
  };
}

/** What the header says, unless Envoy itself shows another one: then the header is not that of this connection. */
function sameAsShown(forwarded: string, shown: string): string {
  if (shown !== '' && decodeURIComponent(forwarded) !== decodeURIComponent(shown)) {
    throw new RangeError('x-forwarded-client-cert is not the certificate of the connection');
  }
  return forwarded;
}

/** ext_authz sends the leaf as URL-encoded PEM, ext_proc as PEM, in which nothing is encoded. */
function readCertificate(text: string): Known {
  const certificate = new X509Certificate(decodeURIComponent(text));
  return { identity: certificateIdentity(certificate), endsAtMs: certificate.validToDate.getTime() };
}
