import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { segmentStart } from '../segment-name.ts';
import type { IndexedFlaw, IndexedSegment } from './scan-for-index.ts';

/** What a day file says of a segment without its places. */
export type SegmentEntry = Omit<IndexedSegment, 'places' | 'flaws'>;

/** Grows when the tables mean something else: files of another version are made anew. */
const VERSION = 1;
const BUSY_MS = 5000;

const TABLES = `
  CREATE TABLE segments (
    name TEXT PRIMARY KEY, stamp TEXT NOT NULL, earliest TEXT NOT NULL, latest TEXT NOT NULL, records INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE places (
    segment INTEGER NOT NULL, term INTEGER NOT NULL, offsets BLOB NOT NULL, PRIMARY KEY (segment, term)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE flaws (
    segment INTEGER NOT NULL, offset INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (segment, offset)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;
const PLACES = 'SELECT offsets FROM places WHERE segment = ? AND term = ?';
const OFFSET_BYTES = 4;

/** The file cannot be used as it is: damaged, of another version, or in use by another command. */
export class DayFileError extends Error {
  override readonly name = 'DayFileError';
}

/** An SQLite file with the segments whose first record is of one day. All texts go into it as bound values. */
export class DayFile implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  #lookup: StatementSync | undefined;

  private constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
  }

  /** Opens the file for looking things up. @throws DayFileError */
  static read(path: string): DayFile {
    return guard(path, () => DayFile.#open(path, true));
  }

  /** Opens the file, or makes it (mode 0600), for changing it. @throws DayFileError */
  static write(path: string): DayFile {
    return guard(path, () => {
      const isNew = !existsSync(path);
      // Made before SQLite opens it: its journal gets the mode of the file.
      if (isNew) closeSync(openSync(path, 'wx', 0o600));
      else chmodSync(path, 0o600);
      return DayFile.#open(path, false, isNew);
    });
  }

  static #open(path: string, readOnly: boolean, isNew = false): DayFile {
    const database = new DatabaseSync(path, { readOnly, timeout: BUSY_MS, enableForeignKeyConstraints: false });
    try {
      if (isNew) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
      const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
      if (version !== VERSION) throw new DayFileError(`${path} is of another version`);
      return new DayFile(path, database);
    } catch (cause) {
      database.close();
      throw cause;
    }
  }

  /** The segments that it knows. @throws DayFileError */
  segments(): readonly SegmentEntry[] {
    return guard(this.path, () =>
      this.#database
        .prepare('SELECT name, stamp, earliest, latest, records FROM segments ORDER BY name')
        .all()
        .map(({ name, stamp, earliest, latest, records }) => ({
          name: String(name),
          stamp: String(stamp),
          earliest: String(earliest),
          latest: String(latest),
          records: Number(records),
        })),
    );
  }

  /** Offsets in the segment of the records that have the term, ascending. @throws DayFileError */
  places(segment: string, term: number): readonly number[] {
    return guard(this.path, () => {
      this.#lookup ??= this.#database.prepare(PLACES);
      const offsets = this.#lookup.get(keyOf(segment), term)?.['offsets'];
      return offsets instanceof Uint8Array ? unpacked(offsets) : [];
    });
  }

  /** What in the segment is no record. @throws DayFileError */
  flaws(segment: string): readonly IndexedFlaw[] {
    return guard(this.path, () =>
      this.#database
        .prepare('SELECT offset, kind FROM flaws WHERE segment = ? ORDER BY offset')
        .all(keyOf(segment))
        .map(({ offset, kind }) => ({
          kind: kind === 'damage' ? 'damage' : 'incomplete',
          offset: Number(offset),
        })),
    );
  }

  /** Puts a segment in the place of what is known of it, whole or not at all. @throws DayFileError */
  put({ name, stamp, earliest, latest, records, places, flaws }: IndexedSegment): void {
    this.#inOneStep(() => {
      this.#drop(name);
      const place = this.#database.prepare('INSERT INTO places VALUES (?, ?, ?)');
      const sorted = [...places].toSorted(([term], [other]) => term - other);
      for (const [term, offsets] of sorted) place.run(keyOf(name), term, packed(offsets));
      const flaw = this.#database.prepare('INSERT INTO flaws VALUES (?, ?, ?)');
      for (const { kind, offset } of flaws) flaw.run(keyOf(name), offset, kind);
      this.#database.prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?)').run(name, stamp, earliest, latest, records);
    });
  }

  /** Forgets segments. @throws DayFileError */
  forget(segments: readonly string[]): void {
    this.#inOneStep(() => {
      for (const segment of segments) this.#drop(segment);
    });
  }

  /** Whether what is in it is well-formed. */
  isSound(): boolean {
    try {
      return this.#database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #drop(segment: string): void {
    for (const table of ['places', 'flaws'])
      this.#database.prepare(`DELETE FROM ${table} WHERE segment = ?`).run(keyOf(segment));
    this.#database.prepare('DELETE FROM segments WHERE name = ?').run(segment);
  }

  #inOneStep(work: () => void): void {
    guard(this.path, () => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        work();
        this.#database.exec('COMMIT');
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw cause;
      }
    });
  }
}

/** A segment in the tables: the number of its first record. */
function keyOf(segment: string): number {
  return segmentStart(segment) ?? 0;
}

/** Big-endian, four bytes each: a segment is shorter than 4 GiB. */
function packed(offsets: readonly number[]): Buffer {
  const bytes = Buffer.alloc(offsets.length * OFFSET_BYTES);
  for (const [index, offset] of offsets.entries()) bytes.writeUInt32BE(offset, index * OFFSET_BYTES);
  return bytes;
}

function unpacked(bytes: Uint8Array): readonly number[] {
  const { length } = bytes;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  return Array.from({ length: Math.floor(length / OFFSET_BYTES) }, (_, index) =>
    view.readUInt32BE(index * OFFSET_BYTES),
  );
}

/** SQLite tells by one class of errors; what else is thrown is ours. */
function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_SQLITE_ERROR')
      throw new DayFileError(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
}
