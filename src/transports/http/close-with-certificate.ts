import type { TLSSocket } from 'node:tls';

/** An answer on its way. */
interface Answering {
  readonly closed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** More than that a timer of Node's cannot wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Closes a connection when the certificate that its client has shown ends: at once, or behind the answer that is under way. The
 * client connects anew with the certificate that it has by now.
 *
 * @param answering The last answer that was begun on the connection.
 */
export function closeWithCertificate(socket: TLSSocket, nowMs: number, answering: () => Answering | undefined): void {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return;
  const close = (): void => {
    const response = answering();
    if (response === undefined || response.closed) socket.destroy();
    else response.once('close', () => socket.destroy());
  };
  const leftMs = Math.max(0, certificate.validToDate.getTime() - nowMs);
  const timer = setTimeout(close, Math.min(leftMs, LONGEST_TIMER_MS)).unref();
  socket.once('close', () => clearTimeout(timer));
}
