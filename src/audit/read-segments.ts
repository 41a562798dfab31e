import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../kit/cause.ts';
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
  for (const segment of sortSegments(await readdir(directory))) yield* readSegment(directory, segment);
}

/** Reads one segment of the log. One that was archived and removed meanwhile has nothing. @throws what the file system said. */
export async function* readSegment(directory: string, segment: string): AsyncGenerator<LogItem> {
  const bytes = await readWhole(join(directory, segment));
  if (bytes === undefined) return;
  const reader = new FrameReader();
  reader.push(bytes);
  for (const { item } of readItems(reader, segment)) yield item;
}

/** Everything in a segment of which `reader` has all bytes, with where it stands. */
export function* readItems(
  reader: FrameReader,
  segment: string,
): Generator<{ readonly item: LogItem; readonly offset: number }> {
  yield* placedItems(reader, segment);
  const { offset, rest } = reader;
  if (rest.length > 0) yield { item: { kind: 'incomplete', segment, offset }, offset };
}

/** All whole records pushed so far; stops at what may still be being written. */
export function* itemsOf(reader: FrameReader, segment: string): Generator<LogItem> {
  for (const { item } of placedItems(reader, segment)) yield item;
}

function* placedItems(
  reader: FrameReader,
  segment: string,
): Generator<{ readonly item: LogItem; readonly offset: number }> {
  for (;;) {
    const next = reader.next();
    if (next.kind === 'record') {
      yield { item: recordItem(next.payload, segment, next.offset), offset: next.offset };
      continue;
    }
    const { offset } = reader;
    if (!reader.skipDamage()) return;
    yield { item: { kind: 'damage', segment, offset }, offset };
  }
}

/** The record that a payload is; one that is no JSON object is damage, whatever its checksum says. */
export function recordItem(payload: Buffer, segment: string, offset: number): LogItem {
  const text = payload.toString();
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null)
      return { kind: 'record', record: record as AuditRecord, text, segment };
  } catch {
    // Told below, as what is no object is.
  }
  return { kind: 'damage', segment, offset };
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}
