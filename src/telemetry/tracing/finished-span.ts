import type { TraceContext } from './trace-context.ts';

/** A value of an attribute. */
export type AttributeValue = string | number | boolean;
/** Attributes by name. Names come from the code, values are bounded. */
export type SpanAttributes = Readonly<Record<string, AttributeValue>>;

/** A span that is over, as it is told to a collector. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: Pick<TraceContext, 'spanId'> | undefined;
  /** Whether the parent is of another process. */
  readonly parentIsRemote: boolean;
  /** Wall clock, milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: SpanAttributes;
  readonly links: readonly TraceContext[];
  readonly events: readonly SpanEvent[];
}

export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: SpanAttributes;
}
