import type { JsonLine } from './json-lines.ts';

/** A span of somebody's, as a Collector wrote it. Its texts may be hostile. */
export interface FoundSpan {
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  /** `service.name` of who sent it; empty when that is not said. */
  readonly service: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
}

/** What a date can hold (ECMA-262 §21.4.1.1), milliseconds. */
const MAX_TIME_MS = 8.64e15;
const KINDS = ['span', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
/** `STATUS_CODE_ERROR` of OTLP. */
const ERROR = 2;

/** The spans of a trace in one line of OTLP as JSON, such as a Collector writes to a file. */
export function foundSpans(line: JsonLine, traceId: string): readonly FoundSpan[] {
  return all(line['resourceSpans']).flatMap((one) => {
    const service = serviceOf(one['resource']);
    return all(one['scopeSpans'])
      .flatMap((scope) => all(scope['spans']))
      .filter((span) => span['traceId'] === traceId)
      .map((span) => foundSpan(span, service));
  });
}

function foundSpan(span: JsonLine, service: string): FoundSpan {
  return {
    spanId: text(span['spanId']),
    parentId: text(span['parentSpanId']),
    name: text(span['name']),
    kind: KINDS[Number(span['kind'])] ?? 'span',
    service,
    startMs: nanosOf(span['startTimeUnixNano']),
    endMs: nanosOf(span['endTimeUnixNano']),
    failed: members(span['status'])['code'] === ERROR,
  };
}

function serviceOf(resource: unknown): string {
  const named = all(members(resource)['attributes']).find(({ key }) => key === 'service.name');
  return text(members(named?.['value'])['stringValue']);
}

function all(value: unknown): readonly JsonLine[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.flatMap((item) => (typeof item === 'object' && item !== null ? [{ ...item }] : []));
}

function members(value: unknown): JsonLine {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function nanosOf(value: unknown): number {
  const ms = Number(value) / 1e6;
  return Math.abs(ms) <= MAX_TIME_MS ? ms : 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
