import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { frameBound, writeFrame } from '../framing.ts';
import { RECORD_TYPES } from '../record-shape.ts';
import { sequenceText } from '../record-text.ts';
import { segmentName } from '../segment-name.ts';

/*
 * Logs with records of every kind, hostile texts, clocks that go back, and bytes that are no record.
 */

/** Few texts, so that filters find something; some of them are meant for SQL, JSON or a terminal. */
export const NAMES = [
  'files',
  'read_file',
  "x'; DROP TABLE segments; --",
  '"\0\u202e',
  '__proto__',
  '',
  '\ud800',
  'ü',
] as const;
const TIMES = [
  '2026-11-24T23:59:59.999Z',
  '2026-11-25T00:00:00.000Z',
  '2026-11-26T12:00:00.000Z',
  '../../etc',
  '',
] as const;

const name = fc.constantFrom(...NAMES);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const data = fc.record({
  decision_id: optional(fc.constantFrom('d1', 'd2', 'd3')),
  server: optional(name),
  target: optional(fc.record({ kind: fc.constant('tool'), name: optional(name) })),
  reason: optional(name),
  rule: optional(name),
  rules: optional(fc.oneof(fc.array(name, { maxLength: 3 }), fc.constant(Array<string>(200).fill('files')), name)),
  caller: optional(fc.dictionary(fc.constantFrom('issuer', 'subject', 'principal'), fc.oneof(name, fc.integer()))),
});

const record = fc.record({
  data: fc.oneof({ weight: 9, arbitrary: data }, fc.constantFrom(null, [], 'text', 7)),
  time: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...TIMES) }, fc.constantFrom(null, 7)),
  type: fc.constantFrom(...Object.values(RECORD_TYPES)),
});

/** What stands in a segment: a record, or bytes that are none. */
const piece = fc.oneof(
  { weight: 9, arbitrary: record.map((value) => ({ kind: 'record' as const, value })) },
  fc.constantFrom({ kind: 'noise' as const }, { kind: 'other' as const }),
);

export const randomSegments = fc.array(fc.array(piece, { maxLength: 8 }), { maxLength: 5 });
export type Segments = typeof randomSegments extends fc.Arbitrary<infer T> ? T : never;

/** Writes them as the log of `directory`. */
export function writeSegments(directory: string, segments: Segments): void {
  mkdirSync(directory, { recursive: true });
  let number = 1;
  for (const pieces of segments) {
    const path = join(directory, segmentName(number));
    writeFileSync(path, '');
    for (const each of pieces) appendFileSync(path, bytesOf(each, number++));
    number++;
  }
}

function bytesOf(each: Segments[number][number], number: number): Buffer {
  if (each.kind === 'noise') return Buffer.alloc(20, 0xee);
  if (each.kind === 'other') return framed('[not json');
  return framed(JSON.stringify({ ...each.value, sequence: sequenceText(number) }));
}

function framed(text: string): Buffer {
  const buffer = Buffer.alloc(frameBound(text.length));
  return buffer.subarray(0, writeFrame(buffer, 0, text));
}
