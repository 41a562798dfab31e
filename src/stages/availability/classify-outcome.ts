import type { ReasonCode } from '../../call/reason.ts';
import type { UpstreamAttempt } from '../../decision/call-traces.ts';
import type { Outcome } from '../../decision/record.ts';
import type { CallResult } from './breaker.ts';

const FAILURE: CallResult = { kind: 'failure' };
const SUCCESS: CallResult = { kind: 'success' };
const IGNORED: CallResult = { kind: 'ignored' };

/** JSON-RPC 2.0 §5.1: the server failed, whatever was asked of it. */
const INTERNAL_ERROR = -32_603;

/** It is well, and does not know us; or what was to be called in the place of another was never sent. */
const SAYS_NOTHING: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'upstream.credential',
  'upstream.busy',
  'fault.reloaded',
]);

/**
 * What the outcome of a call says of the health of what was called.
 *
 * MCP servers mostly fail within HTTP 200: an internal error of JSON-RPC is a failure. Other errors of JSON-RPC are the
 * caller's, and `isError` of a tool is meant for the model: both say that the tool works.
 */
export function classifyOutcome(outcome: Outcome): CallResult {
  switch (outcome.kind) {
    case 'answered':
      return outcome.rpcErrorCode === INTERNAL_ERROR ? FAILURE : resultOfStatus(outcome);
    case 'upstream-failed':
      return outcome.reason !== undefined && SAYS_NOTHING.has(outcome.reason) ? IGNORED : FAILURE;
    case 'replaced':
      return replacedResult(outcome);
    case 'cancelled':
    case 'undelivered':
    case 'unknown':
      return IGNORED;
  }
}

/** What one of several attempts says that another proxy made of a call, and that was not to be the last. */
export function classifyAttempt({
  failure,
  httpStatus,
  retryAfterMs,
}: Pick<UpstreamAttempt, 'failure' | 'httpStatus' | 'retryAfterMs'>): CallResult {
  // The proxy had no connection to spare: nothing was sent.
  if (failure === 'upstream_overflow') return IGNORED;
  if (failure !== undefined || httpStatus === undefined) return FAILURE;
  return resultOfStatus(retryAfterMs === undefined ? { httpStatus } : { httpStatus, retryAfterMs });
}

/** A reply that was not passed on: by its status where that is an error, else by why it was not. */
function replacedResult(outcome: Outcome): CallResult {
  const { httpStatus = 0, reason } = outcome;
  if (httpStatus >= 400) return resultOfStatus(outcome);
  return reason === 'reply.unreadable' ? FAILURE : IGNORED;
}

/** RFC 9110 §15: 408 says that the upstream was slow, 429 that it is well and wants less. */
function resultOfStatus({ httpStatus = 200, retryAfterMs }: Pick<Outcome, 'httpStatus' | 'retryAfterMs'>): CallResult {
  if (httpStatus === 429) return IGNORED;
  if (httpStatus < 500 && httpStatus !== 408) return SUCCESS;
  return retryAfterMs === undefined ? FAILURE : { kind: 'failure', retryAfterMs };
}
