import { randomUUIDv7 } from 'node:crypto';
import type { ReasonCode } from '../../call/reason.ts';
import { type HeaderList, headerValues, type Peer, type Received } from '../../call/received.ts';
import { UNROUTED } from '../request/unrouted.ts';
import type { CheckHttp } from './check-request.ts';

/** The name under which Envoy says in the Check whether it cut the body. */
const PARTIAL_BODY = 'x-envoy-auth-partial-body';

/** An exchange of which nothing is known yet: what a question that cannot be read is refused and recorded as. */
export function blankReceived(nowMs: number): Received {
  return {
    decisionId: randomUUIDv7(),
    server: UNROUTED,
    httpMethod: '',
    headers: [],
    body: undefined,
    peer: { address: '' },
    receivedAtMs: nowMs,
  };
}

/**
 * The exchange as the core sees it: the decision id is a UUIDv7 (RFC 9562 §5.7), `:authority` stands as `host`, other pseudo
 * headers are left out.
 */
export function receivedOf(blank: Received, http: CheckHttp, peer: Peer): Received {
  const fields = http.headers.filter(([name]) => !name.startsWith(':'));
  const host: HeaderList = http.host === '' ? [] : [['host', http.host]];
  const body = http.method === 'POST' ? (http.body ?? new Uint8Array()) : http.body;
  return { ...blank, httpMethod: http.method, headers: [...host, ...fields], body, peer };
}

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
  const length = body?.byteLength ?? 0;
  if (headerValues(headers, 'content-length').some((declared) => declared !== String(length))) {
    return { reason: 'http.framing', operatorDetail: `${length} bytes of body: set with_request_body, pack_as_bytes` };
  }
  return undefined;
}
