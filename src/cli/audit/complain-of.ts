import type { LogItem } from '../../audit/read-segments.ts';
import { boundText } from '../../kit/bound-text.ts';
import type { CommandIo } from '../command-io.ts';

/** Tells the operator of bytes that are no record. */
export function complainOf(item: Exclude<LogItem, { kind: 'record' }>, io: CommandIo): void {
  const what = item.kind === 'damage' ? 'no record begins here, and records follow' : 'the last record is not whole';
  io.complain(`${item.segment}: byte ${item.offset}: ${what}.`);
}

/** Tells the operator that the index is not used, or not all of it: the answer takes longer and is the same. */
export function complainOfIndex(why: string, io: CommandIo): void {
  io.complain(
    `the index cannot be used: ${boundText(why, 500)}. The record is read instead; run \`sallyport audit index\`.`,
  );
}
