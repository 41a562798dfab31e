import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameReader } from './frame-reader.ts';
import type { AuditRecord } from './record-shape.ts';
import { sortSegments } from './segment-name.ts';

/** What a reader meets in the log. */
export type LogItem =
  | { readonly kind: 'record'; readonly record: AuditRecord; readonly text: string; readonly segment: string }
  /** Bytes that are no record, with records behind them. */
  | { readonly kind: 'damage'; readonly segment: string; readonly offset: number }
  /** The segment ends in the middle of a record: being written, or torn. */
  | { readonly kind: 'incomplete'; readonly segment: string; readonly offset: number };

/**
 * Reads the log from `directory`, oldest first, also while it is being written.
 *
 * @throws what the file system said.
 */
export async function* readSegments(directory: string): AsyncGenerator<LogItem> {
  for (const segment of sortSegments(await readdir(directory))) {
    const reader = new FrameReader();
    reader.push(await readFile(join(directory, segment)));
    yield* itemsOf(reader, segment);
    if (reader.rest.length > 0) yield { kind: 'incomplete', segment, offset: reader.offset };
  }
}

/** All whole records pushed so far; stops at what may still be being written. */
export function* itemsOf(reader: FrameReader, segment: string): Generator<LogItem> {
  for (;;) {
    const next = reader.next();
    if (next.kind === 'record') {
      yield recordItem(next.payload, segment, next.offset);
      continue;
    }
    const offset = reader.offset;
    if (!reader.skipDamage()) return;
    yield { kind: 'damage', segment, offset };
  }
}

function recordItem(payload: Buffer, segment: string, offset: number): LogItem {
  const text = payload.toString();
  try {
    return { kind: 'record', record: JSON.parse(text) as AuditRecord, text, segment };
  } catch {
    return { kind: 'damage', segment, offset };
  }
}
