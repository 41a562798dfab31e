import type { Facts } from '../../decision/facts.ts';
import type { ClaimedExchange } from '../../outcome/exchange-ledger.ts';
import type { EnvoyServer } from '../envoy/envoy-assembly.ts';
import type { Reply } from '../refusal/reply.ts';
import type { ProcessingMessage, ProcessingRequest } from './processing-request.ts';

/** What becomes of a request at one of its messages. */
export type RequestStep<F extends Facts> =
  /** It is held until its body was seen. */
  | { readonly kind: 'held'; readonly answer: Uint8Array }
  /** It goes to the tool server with this answer. */
  | { readonly kind: 'passes'; readonly answer: Uint8Array; readonly allowed: AllowedExchange<F> }
  /** It goes nowhere. */
  | { readonly kind: 'instead'; readonly decisionId: string; readonly reply: Reply };

/** An allowed call whose reply belongs to this stream. */
export interface AllowedExchange<F extends Facts> {
  readonly claimed: ClaimedExchange<F>;
  readonly server: EnvoyServer;
}

export type RequestHeaders = Extract<ProcessingMessage, { readonly kind: 'request-headers' | 'response-headers' }>;
export type RequestBody = Extract<ProcessingMessage, { readonly kind: 'request-body' | 'response-body' }>;

/** The way of a request, in one of the two wirings. */
export interface RequestSide<F extends Facts> {
  onHeaders(request: ProcessingRequest, headers: RequestHeaders): Promise<RequestStep<F>>;
  /** Only after `held`. */
  onBody(body: RequestBody): Promise<RequestStep<F>>;
  /** What is wrong with the stream itself, told to the record and the client; what was allowed before is undelivered. */
  refuse(operatorDetail: string): Extract<RequestStep<F>, { readonly kind: 'instead' }>;
  /** The stream ended, and the request did not pass. */
  abandon(): void;
}
