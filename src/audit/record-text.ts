import { isoTime } from './iso-time.ts';
import { RECORD_TYPES, type RecordKind } from './record-shape.ts';

/** A record's RFC 8785 text with a hole where its sequence number goes: the writer numbers what it really writes. */
export interface RecordText {
  readonly kind: RecordKind;
  readonly before: string;
  readonly after: string;
}

export interface Envelope {
  readonly kind: RecordKind;
  readonly id: string;
  readonly source: string;
  readonly timeMs: number;
  /** The span of the call, as W3C Trace Context writes it; absent where there is no trace. */
  readonly traceparent?: string | undefined;
}

const SEQUENCE_DIGITS = 16;

/** Puts the canonical text of `data` into its envelope. */
export function recordText({ kind, id, source, timeMs, traceparent }: Envelope, data: string): RecordText {
  const trace = traceparent === undefined ? '' : `"traceparent":${JSON.stringify(traceparent)},`;
  return {
    kind,
    before: `{"data":${data},"datacontenttype":"application/json","id":${JSON.stringify(id)},"sequence":"`,
    after: `","source":${JSON.stringify(source)},"specversion":"1.0","time":"${isoTime(timeMs)}",${trace}"type":"${RECORD_TYPES[kind]}"}`,
  };
}

/** The whole text, numbered. */
export function numbered({ before, after }: RecordText, sequence: number): string {
  return before + sequenceText(sequence) + after;
}

/** A sequence number as it is written: 16 digits, so that text order is number order. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}
