import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kit/clock.ts';
import { type NoteVerifier, noteVerifier } from '../checkpoint/signed-note.ts';
import { clearedFacts } from '../facts.fixture.ts';
import { FrameReader } from '../frame-reader.ts';
import { frameBound, writeFrame } from '../framing.ts';
import { createRecorder } from '../recorder.ts';
import { RECORDER_CONFIG } from '../recorder-config.fixture.ts';
import { sortSegments } from '../segment-name.ts';

const config = {
  ...RECORDER_CONFIG,
  max_queued_bytes: 4 * 1024 * 1024,
  checkpoints: { every_ms: 3_600_000 },
} as const;

/** A log of its own that a real recorder wrote and signed. */
export interface SignedLog extends Disposable {
  readonly directory: string;
  readonly verifier: NoteVerifier;
  /** The last checkpoint. */
  readonly checkpoint: string;
  /** Writes and signs `count` more records. @returns the log as it is then. */
  grow(count: number): Promise<SignedLog>;
  /** Another copy of its files, to be spoilt. */
  copy(): SignedLog;
}

/** Writes and signs a log of `count` records. */
export async function signedLog(count: number): Promise<SignedLog> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-signed-'));
  return await (await at(root, '', '')).grow(count);
}

async function at(root: string, checkpoint: string, key: string): Promise<SignedLog> {
  const directory = join(root, 'record');
  return {
    directory,
    checkpoint,
    get verifier() {
      return noteVerifier(key);
    },
    async grow(count) {
      const notes: string[] = [];
      const recorder = await createRecorder({
        directory,
        keyPath: join(root, 'key'),
        config,
        source: 'urn:sallyport:test',
        clock: systemClock,
        onCheckpoint: (note) => notes.push(note),
      });
      await Promise.all(Array.from({ length: count }, (_, index) => recorder.intent(clearedFacts(`d${index}`))));
      await recorder.close();
      return await at(root, notes.at(-1) ?? '', recorder.verifierKey);
    },
    copy() {
      const twin = mkdtempSync(join(tmpdir(), 'sallyport-signed-'));
      cpSync(root, twin, { recursive: true });
      return twinOf(twin, checkpoint, key);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function twinOf(root: string, checkpoint: string, key: string): SignedLog {
  return {
    directory: join(root, 'record'),
    checkpoint,
    verifier: noteVerifier(key),
    grow: async (count) => await (await at(root, checkpoint, key)).grow(count),
    copy: () => {
      throw new Error('copy the log it is a copy of');
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** Rewrites the texts of all records of a log, as somebody would who can write its files: whole, with right checksums. */
export function rewriteRecords(directory: string, edit: (records: string[]) => readonly string[]): void {
  const segments = sortSegments(readdirSync(directory));
  const reader = new FrameReader();
  reader.push(Buffer.concat(segments.map((segment) => readFileSync(join(directory, segment)))));
  const records: string[] = [];
  for (let next = reader.next(); next.kind === 'record'; next = reader.next()) records.push(next.payload.toString());
  const [first = '', ...others] = segments;
  writeFileSync(join(directory, first), Buffer.concat(edit(records).map(frame)));
  for (const segment of others) rmSync(join(directory, segment));
}

function frame(text: string): Buffer {
  const buffer = Buffer.alloc(frameBound(text.length));
  return buffer.subarray(0, writeFrame(buffer, 0, text));
}
