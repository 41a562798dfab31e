// Loaded only where tracing is configured: what is imported here costs a start more than all else of it.
import { type HrTime, type Link, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from './config.ts';
import type { FinishedSpan } from './finished-span.ts';
import type { SendSpans } from './span-queue.ts';
import type { TraceContext } from './trace-context.ts';
import { SCHEMA_URL, SCHEMA_URL_1_37 } from './attribute-names.ts';

/** Of which service the spans are. */
export interface TracedService {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
}

/** The way to a collector. */
export interface OtlpWay {
  readonly send: SendSpans<FinishedSpan>;
  close(): Promise<void>;
}

/** Opens the way to the collector of `config`. It need not be there yet, and may go and come back. */
export async function openOtlp(
  { otlp, names }: Pick<TracingConfig, 'otlp' | 'names'>,
  service: TracedService,
): Promise<OtlpWay> {
  const schemaUrl = names === 'v1.37' ? SCHEMA_URL_1_37 : SCHEMA_URL;
  const exporter = await exporterFor(otlp);
  const resource = resourceFromAttributes(
    {
      'service.name': service.name,
      'service.version': service.version,
      'deployment.environment.name': service.environment,
    },
    { schemaUrl },
  );
  const scope = { name: 'sallyport', version: service.version, schemaUrl };
  return {
    send: (batch) =>
      new Promise((resolve) => {
        const spans = batch.map((span) => readable(span, resource, scope));
        exporter.export(spans, ({ code }) => resolve(isExported(code)));
      }),
    close: () => exporter.shutdown(),
  };
}

/** A batch at a time is sent, and tried again within the time of the batch. */
async function exporterFor({ endpoint, protocol, timeout_ms }: TracingConfig['otlp']): Promise<SpanExporter> {
  const limits = { timeoutMillis: timeout_ms, concurrencyLimit: 1 };
  if (protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return new OTLPTraceExporter({ ...limits, url: endpoint });
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ ...limits, url: tracesUrl(endpoint), headers: {} });
}

/** The base of a collector stands for its traces (OTLP 1.x, "OTLP/HTTP Request"). */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}

/** `ExportResultCode.SUCCESS` of `@opentelemetry/core` is 0. */
function isExported(code: number): boolean {
  return code === 0;
}

type Scope = ReadableSpan['instrumentationScope'];

/** The span as the exporter takes it. All that reach it are to be kept, so each says that it is sampled. */
function readable(span: FinishedSpan, resource: Resource, instrumentationScope: Scope): ReadableSpan {
  const { name, kind, traceId, parent, startMs, endMs, failed, attributes, links, events } = span;
  const context: SpanContext = { traceId, spanId: span.spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parent === undefined
      ? {}
      : { parentSpanContext: { ...context, spanId: parent.spanId, isRemote: span.parentIsRemote } }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(Math.max(0, endMs - startMs)),
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    links: links.map(linkTo),
    events: events.map((event) => ({ name: event.name, time: hrTime(event.atMs), attributes: event.attributes })),
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const KINDS: Readonly<Record<FinishedSpan['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
};

function linkTo({ traceId, spanId, sampled }: TraceContext): Link {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { context: { traceId, spanId, traceFlags, isRemote: true } };
}

/** Seconds and nanoseconds since the epoch. */
function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
