import { sequenceText } from './record-text.ts';

const NAME = /^segment-(\d{16})\.log$/;

/** File name of the segment whose first record has number `sequence`. Name order is log order. */
export function segmentName(sequence: number): string {
  return `segment-${sequenceText(sequence)}.log`;
}

/** Number of the first record in a segment of that name; `undefined` for other files. */
export function segmentStart(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The segments among `names`, oldest first. */
export function sortSegments(names: readonly string[]): readonly string[] {
  return names.filter((name) => NAME.test(name)).toSorted();
}
