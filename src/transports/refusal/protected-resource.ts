/** The protected resource that a server is (RFC 9728), for its metadata and for challenges. */
export interface ProtectedResource {
  /** An absolute URL without fragment, exactly as tokens name it in `aud`. */
  readonly identifier: string;
  /** Issuers whose tokens it accepts. */
  readonly authorizationServers: readonly string[];
  /** Scopes to ask for; may be empty. */
  readonly scopes: readonly string[];
}
