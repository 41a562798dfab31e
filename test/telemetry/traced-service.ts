import { type Span, type SpanContext, type SpanKind, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** Another service of the same trace, such as an agent or a tool server, instrumented with the official SDK. */
export interface TracedService extends AsyncDisposable {
  /** Begins a span below another one, or a trace. */
  begin(name: string, kind: SpanKind, parent?: SpanContext): Span;
}

/** Its spans go to the collector at `endpoint`. */
export function startTraced(service: string, endpoint: string): TracedService {
  const exporter = new OTLPTraceExporter({ url: new URL('/v1/traces', endpoint).href });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('test');
  return {
    begin: (name, kind, parent) =>
      tracer.startSpan(
        name,
        { kind },
        parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
      ),
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

/** A place as `traceparent` carries it. */
export function traceparentOf({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** The place that `traceparent` names. */
export function placeIn(traceparent: string): SpanContext {
  const [, traceId = '', spanId = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: 1, isRemote: true };
}
