import { createSecureContext, type TlsOptions } from 'node:tls';

/** TLS of a listener. */
export interface ListenerTls {
  /** PEM of the certificate chain and its key. */
  readonly cert: string;
  readonly key: string;
  /** Whether clients must show a certificate, may, or are not asked. */
  readonly clientCertificates: 'required' | 'optional' | 'none';
  /** PEM of the authorities that sign client certificates; needed unless `none`. */
  readonly clientCa?: string;
}

/**
 * Node's options for it. Where client certificates are `optional`, one that does not verify counts as none: `peerOf` looks at
 * what Node verified.
 *
 * @throws RangeError when client certificates are asked for without an authority to check them by: Node would then trust
 *   every public one.
 */
export function tlsOptions({ cert, key, clientCertificates, clientCa }: ListenerTls): TlsOptions {
  const asks = clientCertificates !== 'none';
  if (asks && clientCa === undefined) throw new RangeError('client certificates need client_ca');
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    requestCert: asks,
    rejectUnauthorized: clientCertificates === 'required',
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  };
}

/** @throws when nobody could be served with it: a file is not PEM, the key is another certificate's. */
export function refuseUnusableTls(tls: ListenerTls): void {
  createSecureContext(tlsOptions(tls));
}
