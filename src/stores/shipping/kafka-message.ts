import type { AuditRecord } from '../../audit/record-shape.ts';

/** How an event is written (CloudEvents Kafka protocol binding 1.0 §3). */
export type KafkaMode = 'binary' | 'structured';

/** A record as Kafka is given it. */
export interface KafkaMessage {
  /** Records of one decision have one key, so that they stay in one partition and in order. */
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
  /** When the record was written, milliseconds since the Unix epoch. */
  readonly timestamp: bigint;
}

/** The message for a record. `traceparent` is a header of its own in both modes, where tracers look for it. */
export function kafkaMessage(text: string, mode: KafkaMode): KafkaMessage {
  const record = JSON.parse(text) as AuditRecord<{ readonly decision_id?: string }>;
  const { time, traceparent } = record;
  const trace = traceparent === undefined ? {} : { traceparent };
  return {
    key: record.data.decision_id ?? record.source,
    value: mode === 'binary' ? dataOf(text) : text,
    headers: { ...(mode === 'binary' ? attributesOf(record) : STRUCTURED), ...trace },
    timestamp: BigInt(Date.parse(time)),
  };
}

const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=UTF-8' } as const;

function attributesOf(record: AuditRecord): Record<string, string> {
  const { id, source, specversion, type, time, sequence, traceparent, datacontenttype } = record;
  return {
    'content-type': datacontenttype,
    'ce_specversion': specversion,
    'ce_id': id,
    'ce_source': source,
    'ce_type': type,
    'ce_time': time,
    'ce_sequence': sequence,
    ...(traceparent === undefined ? {} : { ce_traceparent: traceparent }),
  };
}

/** The text of `data`, as it stands in the record: with the attributes, the record can be made of it again byte for byte. */
function dataOf(text: string): string {
  return text.slice('{"data":'.length, text.lastIndexOf(',"datacontenttype":"application/json","id":'));
}
