import type { ReasonCode } from '../../call/reason.ts';
import { headerValues } from '../../call/received.ts';
import { isMislengthed } from '../envoy/received-of.ts';
import type { CheckHttp } from './check-request.ts';

/** The name under which Envoy says in the Check whether it cut the body. */
const PARTIAL_BODY = 'x-envoy-auth-partial-body';

/** Why a question is refused for its form: a reason, and what the operator should mend. */
export interface Misasked {
  readonly reason: ReasonCode;
  readonly operatorDetail: string;
}

/**
 * Why this request cannot be judged as it was shown; `undefined` when it can.
 *
 * A body that is not whole must never be judged: what is behind the cut could say something else.
 */
export function misasked({ headers, headersFrom, body }: CheckHttp): Misasked | undefined {
  // Joined repeats could read like a single field to us and like two to the tool server.
  if (headersFrom !== 'list') return { reason: 'fault.internal', operatorDetail: 'set encode_raw_headers: true' };
  if (headerValues(headers, PARTIAL_BODY).some((value) => value !== 'false')) {
    return { reason: 'body.too-large', operatorDetail: 'partial body: set allow_partial_message: false' };
  }
  if (isMislengthed({ headers, body })) {
    const length = body?.byteLength ?? 0;
    return { reason: 'http.framing', operatorDetail: `${length} bytes of body: set with_request_body, pack_as_bytes` };
  }
  return undefined;
}
