import type { Outcome } from '../decision/record.ts';
import type { Refusal } from '../decision/verdict.ts';

/** How a call went wrong, as `error.type` says it in spans and metrics: few values, all of which are known here. */
export interface ErrorType {
  readonly type: string;
  /** Whether the service failed. Not so for what a caller did wrong, may not do, or did not wait for. */
  readonly isFailure: boolean;
}

/** JSON-RPC codes that say that the caller's request was at fault. */
const CALLERS_FAULT: ReadonlySet<number> = new Set([-32_700, -32_600, -32_601, -32_602, -32_002]);
/** Further codes that have a meaning of their own; every other is `rpc_error`. */
const KNOWN_CODES: ReadonlySet<number> = new Set([-32_603, -32_000, -32_001, -32_020, -32_042]);

/** `error.type` of a reply with a status of 500 or above. */
export const HTTP_FAILED = 'http_5xx';

/** A refusal: `denied`, `held`, or `fault` when it could not be told whether the call is allowed. */
export function errorTypeOfRefusal({ kind }: Pick<Refusal, 'kind'>): ErrorType {
  switch (kind) {
    case 'deny':
      return { type: 'denied', isFailure: false };
    case 'hold':
      return { type: 'held', isFailure: false };
    case 'fault':
      return { type: 'fault', isFailure: true };
  }
}

/** What became of an allowed call; `undefined` when nothing went wrong, or nobody knows. */
export function errorTypeOfOutcome(outcome: Outcome): ErrorType | undefined {
  switch (outcome.kind) {
    case 'upstream-failed':
      return { type: 'upstream_failed', isFailure: true };
    case 'replaced':
      return { type: 'reply_replaced', isFailure: true };
    case 'undelivered':
      return { type: 'undelivered', isFailure: false };
    case 'cancelled':
      return { type: 'cancelled', isFailure: false };
    case 'unknown':
      return undefined;
    case 'answered':
      return errorTypeOfAnswer(outcome);
  }
}

function errorTypeOfAnswer({ toolError, rpcErrorCode: code, httpStatus }: Outcome): ErrorType | undefined {
  if (code !== undefined) return { type: codeType(code), isFailure: !CALLERS_FAULT.has(code) };
  if (toolError === true) return { type: 'tool_error', isFailure: true };
  if (httpStatus === undefined || httpStatus < 400) return undefined;
  return httpStatus < 500 ? { type: 'http_4xx', isFailure: false } : { type: HTTP_FAILED, isFailure: true };
}

function codeType(code: number): string {
  return CALLERS_FAULT.has(code) || KNOWN_CODES.has(code) ? String(code) : 'rpc_error';
}
