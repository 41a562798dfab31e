/** What the request to the tool server carries of the trace that its call belongs to (W3C Trace Context). */
export interface OutgoingTrace {
  readonly traceparent: string;
  /** Absent: none passes. */
  readonly tracestate?: string;
  /** Whether it was chosen for recording when it began: the tool server may go by that. */
  readonly sampled: boolean;
  /** Whether the caller is believed: its baggage may pass. */
  readonly trusted: boolean;
}

/** One try of another proxy to reach the tool server, as its log tells it. */
export interface UpstreamAttempt {
  /** When it began, wall clock, milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Whom it went to (`1.2.3.4:80`, a path); `undefined` when no connection came about. */
  readonly upstream: string | undefined;
  readonly httpStatus: number | undefined;
  /** How long its reply asked not to be called, milliseconds; `undefined` when it did not. */
  readonly retryAfterMs?: number | undefined;
  /** Why it got no reply, in a word of the proxy's; `undefined` when it got one. */
  readonly failure: string | undefined;
}

/** The traces of calls, as doors see them. Nothing here throws or waits, and no verdict depends on it. */
export interface CallTraces {
  /**
   * The call leaves for its tool server: the time of its trip begins, with the first time it is asked.
   *
   * @returns `undefined` for a call that is not known: it is passed on as it came.
   */
  depart(decisionId: string): OutgoingTrace | undefined;
  /** Another proxy tried to reach the tool server. May come after the outcome. */
  attempted(decisionId: string, attempt: UpstreamAttempt): void;
}

/** By which a log line or a record is joined with the span of its call. */
export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}
