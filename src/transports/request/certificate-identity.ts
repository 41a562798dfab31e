import { hash, type X509Certificate } from 'node:crypto';
import type { Peer } from '../../call/received.ts';
import { maySignCertificates } from './key-usage.ts';

/** What a verified client certificate says of its holder. */
export type CertificateIdentity = Required<Pick<Peer, 'certificateSha256'>> & Pick<Peer, 'spiffeId'>;

/** Thumbprint (RFC 8705 §3.1) and SPIFFE ID of a certificate that somebody has verified. */
export function certificateIdentity(certificate: X509Certificate): CertificateIdentity {
  const spiffeId = spiffeIdOf(certificate);
  return {
    certificateSha256: hash('sha256', certificate.raw, 'base64url'),
    ...(spiffeId === undefined ? {} : { spiffeId }),
  };
}

/**
 * The SPIFFE ID of an X.509-SVID: the only URI SAN of a leaf whose key signs no certificates (X.509-SVID §2, §4.1, §4.3,
 * §5.2), or `undefined`.
 *
 * Node prints names with unusual characters as JSON strings without commas; a SPIFFE ID needs none of those, so they do not
 * match here.
 */
function spiffeIdOf(certificate: X509Certificate): string | undefined {
  const { subjectAltName, ca } = certificate;
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  if (uri === undefined || uris.length > 1 || ca || maySignCertificates(certificate)) return undefined;
  const spiffeId = uri.slice('URI:'.length);
  return isSpiffeId(spiffeId) ? spiffeId : undefined;
}

/** Whether `text` names a workload (SPIFFE ID §2): a trust domain and a path, no segment of which is empty, `.` or `..`. */
export function isSpiffeId(text: string): boolean {
  return text.length <= 2048 && /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/.test(text);
}
