import type { HeaderList } from '../../call/received.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { EnvoyPeer } from '../envoy/envoy-peer.ts';

/** The fields of `envoy.service.auth.v3.CheckRequest` that are in use; proto/envoy/service/auth/v3 has their meaning. */
export interface CheckRequest {
  readonly kind: 'check';
  readonly source: EnvoyPeer;
  /** `address` is what the agent dialled, also where its connection was redirected to Envoy. */
  readonly destination: EnvoyPeer;
  /** `undefined` when it was absent. */
  readonly http: CheckHttp | undefined;
  /** What the operator wrote in the route or listener: the only field that an agent cannot influence. */
  readonly contextExtensions: ReadonlyMap<string, string>;
  /** `filter_metadata` by namespace. */
  readonly metadata: ReadonlyMap<string, JsonObject>;
  /** SNI of the agent's connection, when Envoy includes the TLS session; `''` when there was none. */
  readonly sni: string | undefined;
}

export interface CheckHttp {
  /** Envoy's stream id, not `x-request-id`. */
  readonly id: string;
  readonly method: string;
  /** Undecoded, with query; `''` for CONNECT. */
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  readonly protocol: string;
  /** As Envoy says, -1 unknown. Not reliable. */
  readonly size: number;
  /**
   * From `header_map`, or else from `headers`: in order, names in lower case, pseudo headers included, each value a Latin-1
   * view of its bytes (as node:http gives them).
   */
  readonly headers: HeaderList;
  /** Which of the two it was: with `map` repeated fields were joined by commas before. */
  readonly headersFrom: 'list' | 'map' | 'none';
  /** From `raw_body`, or else from `body`; `undefined` when neither was there or it was empty. A view of the message. */
  readonly body: Uint8Array | undefined;
}
