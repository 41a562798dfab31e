import type { ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';

/** More than that a timer of Node's cannot wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Lets a connection end when the certificate of its peer does: no new call is taken then, those in progress go on. The peer
 * connects anew with the certificate that it has by now.
 */
export function endWithCertificate(session: ServerHttp2Session, nowMs: number): void {
  const certificate = session.socket instanceof TLSSocket ? session.socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return;
  const leftMs = certificate.validToDate.getTime() - nowMs;
  const timer = setTimeout(() => session.close(), Math.min(leftMs, LONGEST_TIMER_MS)).unref();
  session.on('close', () => clearTimeout(timer));
}
