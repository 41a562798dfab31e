import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameBound, writeFrame } from '../framing.ts';
import { sequenceText } from '../record-text.ts';
import { segmentName } from '../segment-name.ts';

/** A log whose bytes a test writes. */
export interface WrittenLog extends Disposable {
  readonly directory: string;
  /** Appends records with these numbers to the segment that begins with number `segment`. */
  append(segment: number, ...sequences: readonly number[]): void;
  /** Appends bytes that are no record. */
  spoil(segment: number, bytes: Uint8Array): void;
}

/** Makes one. */
export function writtenLog(): WrittenLog {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-shipping-'));
  const pathOf = (segment: number): string => join(directory, segmentName(segment));
  return {
    directory,
    append(segment, ...sequences) {
      writeFileSync(pathOf(segment), '', { flag: 'a' });
      for (const sequence of sequences) appendFileSync(pathOf(segment), frame(textOf(sequence)));
    },
    spoil: (segment, bytes) => appendFileSync(pathOf(segment), bytes),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** The text of the record with that number: its data looks like the envelope, as what agents send may. */
export function textOf(sequence: number): string {
  const id = `d${sequence}/intent`;
  const data = `{"argument":"\\"sequence\\":\\"0000000000009999\\"","decision_id":"d${sequence}"}`;
  return `{"data":${data},"datacontenttype":"application/json","id":"${id}","sequence":"${sequenceText(sequence)}","source":"urn:sallyport:test","specversion":"1.0","time":"2026-11-25T08:00:00.001Z","type":"dev.sallyport.call.intent.v1"}`;
}

function frame(text: string): Buffer {
  const buffer = Buffer.alloc(frameBound(text.length));
  return buffer.subarray(0, writeFrame(buffer, 0, text));
}
