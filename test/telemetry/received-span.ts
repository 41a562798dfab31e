/** A span as a collector got it, in the names of this code. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'unspecified';
  readonly traceId: string;
  readonly spanId: string;
  /** `''` of a root. */
  readonly parentId: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly string[];
  readonly events: readonly string[];
  /** Of the service that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly schemaUrl: string;
}

/** OTLP as JSON has it, and as protobuf is read here: ids are hexadecimal, numbers of 64 bits are texts. */
export interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly schemaUrl?: string;
    readonly scopeSpans?: readonly { readonly schemaUrl?: string; readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly boolValue?: boolean;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
  };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly { readonly name: string }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

const KINDS = ['unspecified', 'internal', 'server', 'client'] as const;
const ERROR = 2;

/** The spans of one request to a collector. */
export function receivedSpans({ resourceSpans = [] }: OtlpTraces): readonly ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [], schemaUrl = '' }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({ ...spanOf(span), resource: attributesOf(resource?.attributes), schemaUrl })),
    ),
  );
}

function spanOf(span: OtlpSpan): Omit<ReceivedSpan, 'resource' | 'schemaUrl'> {
  return {
    name: span.name,
    kind: KINDS[span.kind ?? 0] ?? 'unspecified',
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentSpanId ?? '',
    startMs: millisecondsOf(span.startTimeUnixNano),
    endMs: millisecondsOf(span.endTimeUnixNano),
    failed: span.status?.code === ERROR,
    attributes: attributesOf(span.attributes),
    links: (span.links ?? []).map((link) => `${link.traceId}-${link.spanId}`),
    events: (span.events ?? []).map(({ name }) => name),
  };
}

function attributesOf(attributes: readonly OtlpAttribute[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}

function millisecondsOf(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1000n) / 1000;
}
