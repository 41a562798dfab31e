/** A place in somebody's trace, as W3C Trace Context carries it. */
export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** `tracestate` as it came; `undefined` without one, or with one that is none. */
  readonly state: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** Longest text that is looked at: the first version has 55 characters. */
const MAX_TRACEPARENT = 256;
/** The least that everybody must pass on (W3C Trace Context §3.3.1.5); more is left out. */
const MAX_TRACESTATE = 512;
const TRACESTATE = /^[\x20-\x7e\t]+$/;

/** Reads `traceparent` of this or a later version (W3C Trace Context §3.2); `undefined` when it is none. */
export function readTraceContext(traceparent: string, tracestate?: string): TraceContext | undefined {
  if (traceparent.length > MAX_TRACEPARENT) return undefined;
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '00', rest] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: readState(tracestate) };
}

/** `traceparent` of version 00. */
export function writeTraceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

function readState(text: string | undefined): string | undefined {
  const usable = text !== undefined && text.length <= MAX_TRACESTATE && TRACESTATE.test(text);
  return usable ? text : undefined;
}
