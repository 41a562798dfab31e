import type { JsonObject } from '../../kit/json.ts';
import type { EnvoyPeer } from '../envoy/envoy-peer.ts';
import type { ProcessingRequest } from './processing-request.ts';

const FILTER = 'envoy.filters.http.ext_proc';

/** What Envoy itself knows of an exchange, in the attributes that its filter is told to send. No agent can set one. */
export interface ExchangeAttributes {
  /** `xds.route_name`: the route that was taken, which names the server. */
  readonly routeName: string | undefined;
  /** `source.address`, `connection.peer_certificate`: the other end of the agent's connection. */
  readonly source: EnvoyPeer;
  /** `destination.address`: what the agent dialled, also where its connection was redirected to Envoy. */
  readonly destination: EnvoyPeer['address'];
  /** `destination.port`: the port that was dialled, the listener's unless the connection was redirected. */
  readonly port: number | undefined;
  /** `response.code_details`: who made the reply, and why. */
  readonly codeDetails: string | undefined;
  /** `upstream.request_attempt_count`: how often the tool server was tried. */
  readonly attempts: number | undefined;
}

/** Reads the attributes of a message. Total: what is missing or of another type is not there. */
export function attributesOf({ attributes }: Pick<ProcessingRequest, 'attributes'>): ExchangeAttributes {
  const own = attributes.get(FILTER);
  return {
    routeName: textAt(own, 'xds.route_name'),
    source: {
      address: addressOf(textAt(own, 'source.address')),
      service: '',
      principal: '',
      certificate: textAt(own, 'connection.peer_certificate') ?? '',
    },
    destination: addressOf(textAt(own, 'destination.address')),
    port: numberAt(own, 'destination.port'),
    codeDetails: textAt(own, 'response.code_details'),
    attempts: numberAt(own, 'upstream.request_attempt_count'),
  };
}

function textAt(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.get(name);
  return typeof value === 'string' ? value : undefined;
}

function numberAt(object: JsonObject | undefined, name: string): number | undefined {
  const value = object?.get(name);
  return typeof value === 'number' ? value : undefined;
}

/** `10.1.2.3:41000` or `[::1]:41000`. */
function addressOf(text: string | undefined): EnvoyPeer['address'] {
  const parts = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text ?? '');
  const address = parts?.[1] ?? parts?.[2];
  return address === undefined ? undefined : { kind: 'socket', address, port: Number(parts?.[3]) };
}
