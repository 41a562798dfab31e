import type { LogItem } from '../../audit/read-segments.ts';
import type { CommandIo } from '../command-io.ts';

/** Tells the operator of bytes that are no record. */
export function complainOf(item: Exclude<LogItem, { kind: 'record' }>, io: CommandIo): void {
  const what = item.kind === 'damage' ? 'no record begins here, and records follow' : 'the last record is not whole';
  io.complain(`${item.segment}: byte ${item.offset}: ${what}.`);
}
