import { encodeCheckRequest, oracleCheckRequest } from '../../src/transports/ext-authz/protobuf-oracle.fixture.ts';

/**
 * A CheckRequest with its headers as a map of texts, as Envoy sends it with `encode_raw_headers: false`: OPA reads no other form.
 * Where a header is there twice, only the last one is left.
 */
export function asHeaderMap(bytes: Buffer): Buffer {
  const { source, destination, http, contextExtensions } = oracleCheckRequest(bytes);
  if (http === undefined) throw new Error('no request in the CheckRequest');
  const { headers, headersFrom: _, body, ...rest } = http;
  return encodeCheckRequest({
    attributes: {
      ...(source?.address && { source: peer(source.address) }),
      ...(destination?.address && { destination: peer(destination.address) }),
      request: { http: { ...rest, headers: Object.fromEntries(headers), raw_body: body } },
      context_extensions: Object.fromEntries(contextExtensions),
    },
  });
}

function peer(address: object): object {
  return { address: { socket_address: address } };
}
