import type { AuditRecord, RecordType } from '../../audit/record-shape.ts';
import type { ShippedRecord } from '../../audit/shipping/record-sink.ts';

/** SeverityNumber of the OpenTelemetry log data model. */
const INFO = 9;
const WARN = 13;
/** Refusals are what a policy is for: only what happened to the record itself is a warning. */
const WARNINGS: ReadonlySet<RecordType> = new Set(['dev.sallyport.log.gap.v1', 'dev.sallyport.log.recovery.v1']);
/** W3C Trace Context: version, trace, span, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * The body of an ExportLogsServiceRequest in OTLP's JSON. The body of a log record is the record byte for byte; attributes have
 * the names of the conventions for CloudEvents.
 */
export function otlpLogs(records: readonly ShippedRecord[], nowMs: number): string {
  const logRecords = records.map(({ text }) => logRecord(text, nowMs));
  const resource = { attributes: [attribute('service.name', 'sallyport')] };
  return JSON.stringify({
    resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'sallyport.record' }, logRecords }] }],
  });
}

function logRecord(text: string, nowMs: number) {
  const { id, source, specversion, type, time, traceparent = '' } = JSON.parse(text) as AuditRecord;
  const isWarning = WARNINGS.has(type);
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  return {
    timeUnixNano: nanoseconds(Date.parse(time)),
    observedTimeUnixNano: nanoseconds(nowMs),
    severityNumber: isWarning ? WARN : INFO,
    severityText: isWarning ? 'WARN' : 'INFO',
    eventName: type,
    body: { stringValue: text },
    attributes: [
      attribute('cloudevents.event_id', id),
      attribute('cloudevents.event_source', source),
      attribute('cloudevents.event_spec_version', specversion),
      attribute('cloudevents.event_type', type),
    ],
    ...(traceId === undefined ? {} : { traceId, spanId, flags: Number.parseInt(flags, 16) }),
  };
}

function attribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

/** 64-bit numbers are text in protobuf's JSON. */
function nanoseconds(ms: number): string {
  return `${Math.floor(ms)}000000`;
}
