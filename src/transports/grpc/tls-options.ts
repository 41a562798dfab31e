import { constants } from 'node:crypto';
import type { SecureServerOptions } from 'node:http2';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { GrpcTls } from './grpc-server.ts';

/** Time for a handshake; it costs work before we know with whom, milliseconds. */
const HANDSHAKE_MS = 10_000;

/**
 * What a connection of TLS must be: of version 1.2 at least, HTTP/2 (all that `node:http2` offers), with a client certificate
 * that verifies.
 */
export const TLS_OPTIONS: SecureServerOptions = {
  minVersion: 'TLSv1.2',
  requestCert: true,
  rejectUnauthorized: true,
  // With a session that is resumed, the certificate would not be looked at again, which may have ended.
  secureOptions: constants.SSL_OP_NO_TICKET,
  handshakeTimeout: HANDSHAKE_MS,
  // For who asked for no protocol at all.
  unknownProtocolTimeout: 0,
};

/** The files of a listener in Node's names. */
export function secureContext({ cert, key, clientCa }: GrpcTls): SecureContextOptions {
  return { cert, key, ca: clientCa };
}

/** Looks whether the files can be used together. @throws what `node:tls` throws when they cannot. */
export function refuseUnfit(tls: GrpcTls): void {
  createSecureContext(secureContext(tls));
}
