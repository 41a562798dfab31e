import type { ProcessingRequest, ProtocolConfig } from './processing-request.ts';

/**
 * Why nothing could be enforced on a stream that begins like this, for the operator; `undefined` when Envoy is configured as
 * it must be.
 *
 * Both bodies have to be BUFFERED by configuration, not by an override that another setting may forbid: what this door does
 * not ask for otherwise is then held until it was seen.
 */
export function protocolFlaw({ protocol }: Pick<ProcessingRequest, 'protocol'>): string | undefined {
  if (protocol === undefined) return 'the first message lacks protocol_config';
  return bodyFlaw(protocol);
}

function bodyFlaw(protocol: ProtocolConfig): string | undefined {
  if (protocol.requestBodyMode !== 'BUFFERED') return 'set request_body_mode: BUFFERED';
  if (protocol.responseBodyMode !== 'BUFFERED') return 'set response_body_mode: BUFFERED';
  return protocol.bodyBeforeHeadersReply ? 'leave out send_body_without_waiting_for_header_response' : undefined;
}
