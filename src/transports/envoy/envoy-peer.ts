import type { EnvoyAddress } from './read-address.ts';

/** One end of the agent's connection, as Envoy saw it. */
export interface EnvoyPeer {
  readonly address: EnvoyAddress | undefined;
  /** Read from a header that the agent can set: never an identity. */
  readonly service: string;
  /** URI SAN, else DNS SAN, else subject of the verified certificate; `''` without one. */
  readonly principal: string;
  /** PEM, URL-encoded or not; `''` without a certificate, or where Envoy does not include it. */
  readonly certificate: string;
}
