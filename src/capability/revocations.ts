/** Which tokens have been revoked by `jti`: a port, filled by `stores/revocations`. */
export interface Revocations {
  /** `unknown` when the list cannot be read any more: it cannot be told, so the token is not accepted. */
  check(tokenId: string): 'revoked' | 'not-revoked' | 'unknown';
  /**
   * Aborts when the token is revoked: open streams end with it. Already aborted when it is.
   *
   * @param expiresAtMs End of the token, milliseconds since the epoch: how long the signal is likely to be wanted.
   */
  signalFor(tokenId: string, expiresAtMs: number): AbortSignal;
}
