import { access, chmod, constants, mkdir, open, readdir, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecoveryData } from './record-shape.ts';
import { scanSegment, type SegmentScan } from './scan-segment.ts';
import { segmentStart, sortSegments } from './segment-name.ts';

/** Longest torn tail that is kept: more than one batch of records. */
const KEPT_TAIL_BYTES = 1024 * 1024;

/** Where the log goes on. */
export interface OpenedLog {
  readonly nextSequence: number;
  /** What was wrong with the last segment, and what was done about it. */
  readonly recovery: RecoveryData | undefined;
}

/** The log cannot be continued as the operator asked. The text says what to do. */
export class LogDamagedError extends Error {
  override readonly name = 'LogDamagedError';
}

/**
 * Prepares the directory of the log (mode 0700) and looks through the last segment.
 *
 * A torn tail (no record begins behind it) is what a crash leaves: it is moved to a file beside the segment and cut off.
 * Anything else that is no record is damage: an error, or with `set_aside` the segment stays as it is and a new one goes
 * on behind the highest number found.
 *
 * @throws LogDamagedError on damage; what the file system said when the directory cannot be used.
 */
export async function openLog(directory: string, onDamage: 'refuse' | 'set_aside'): Promise<OpenedLog> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (((await stat(directory)).mode & 0o077) !== 0) await chmod(directory, 0o700);
  await access(directory, constants.W_OK | constants.R_OK);
  const name = sortSegments(await readdir(directory)).at(-1);
  if (name === undefined) return { nextSequence: 1, recovery: undefined };
  const path = join(directory, name);
  const scan = await scanSegment(path);
  const nextSequence = nextOf(scan, segmentStart(name) ?? 1, path);
  // Left by a crash between making the file and the first write: its name is needed again.
  if (scan.totalBytes === 0) await unlink(path);
  if (scan.state === 'whole') return { nextSequence, recovery: undefined };
  const what = { bytes: scan.totalBytes - scan.goodBytes, offset: scan.goodBytes, segment: name };
  if (scan.state === 'torn') {
    await cutTail(path, scan);
    return { nextSequence, recovery: { ...what, did: 'cut', found: 'torn' } };
  }
  if (onDamage === 'refuse') throw new LogDamagedError(damageText(path, scan.goodBytes));
  return { nextSequence, recovery: { ...what, did: 'set_aside', found: 'damaged' } };
}

function nextOf({ last }: SegmentScan, start: number, path: string): number {
  if (last === undefined) return start;
  const { sequence } = JSON.parse(last.toString()) as { sequence?: unknown };
  const number = typeof sequence === 'string' ? Number(sequence) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= start) return number + 1;
  throw new LogDamagedError(`${path}: the last record has no usable sequence number.`);
}

/** Keeps the tail for whoever wants to look at it, then cuts it off. A segment without any record goes away. */
async function cutTail(path: string, { goodBytes, totalBytes }: SegmentScan): Promise<void> {
  const tail = Buffer.alloc(Math.min(totalBytes - goodBytes, KEPT_TAIL_BYTES));
  {
    await using file = await open(path, 'r');
    await file.read(tail, 0, tail.length, goodBytes);
  }
  await writeFile(`${path}.torn-at-${goodBytes}`, tail, { mode: 0o600 });
  if (goodBytes === 0) await unlink(path);
  else await truncate(path, goodBytes);
}

function damageText(path: string, offset: number): string {
  return (
    `${path}: damaged at byte ${offset}, with records behind it. ` +
    'Keep a copy of the directory, then move this segment away, or set audit.on_damage: set_aside to go on in a new segment.'
  );
}
