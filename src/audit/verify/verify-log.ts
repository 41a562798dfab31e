import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../kit/cause.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { NoteError, type NoteVerifier } from '../checkpoint/signed-note.ts';
import { leafHash } from '../tree/hash-tree.ts';
import { tileSource } from '../tree/tile-files.ts';
import { TreeEdge } from '../tree/tree-edge.ts';
import { LOST_LEAF } from '../signer/leaves-of.ts';
import type { TreeHead } from '../tree/check-proof.ts';
import { CHECKPOINT_FILE } from '../signer/log-signer.ts';
import { archiveHeads } from './archive-heads.ts';
import { type ArchivedBegin, archivedBegin } from './archived-begin.ts';
import { ChangedRecords } from './changed-records.ts';
import type { CheckpointPlace, Finding } from './finding.ts';
import { MAX_FINDINGS, NumberOrder } from './number-order.ts';
import { placedRecords } from './placed-records.ts';

export interface VerifyOptions {
  /** The directory of the log. */
  readonly directory: string;
  readonly verifier: NoteVerifier;
  /** The directory with the segments that were moved away from there. A log that is an archive itself needs none. */
  readonly archive?: string;
  /** A checkpoint of it that was kept elsewhere. */
  readonly outside?: string;
}

/** What was seen of a log. */
export interface VerifyReport {
  readonly origin: string;
  /** Records that are there. */
  readonly records: number;
  /** Records `1` to this number are archived, by what the log says of itself, and were not seen; 0 without any. */
  readonly archived: number;
  /** Number of the last of them; 0 without any. */
  readonly last: number;
  /** Records that the checkpoint in the directory has signed; 0 without one. */
  readonly signed: number;
  /** Records that the checkpoint from outside has signed; absent when none was shown. */
  readonly outside?: number;
  /** Records to this number, from `1` or the first that is not archived, are proven: all there, and as they were signed. */
  readonly provenThrough: number;
  /** Whether the log ends in the middle of a record, as while one is being written. */
  readonly endsTorn: boolean;
  readonly findings: readonly Finding[];
}

interface Head extends Checkpoint {
  readonly by: CheckpointPlace;
}

/**
 * Holds a log to what was signed: that every record is there, in its place, and the one that was signed.
 *
 * Reads files and nothing else. Needs the public key only.
 *
 * @throws what the file system said.
 */
export async function verifyLog({ directory, verifier, archive, outside }: VerifyOptions): Promise<VerifyReport> {
  const here = readHead('here', () => readHere(directory), verifier);
  const shown = readHead('outside', () => outside, verifier);
  const cold = archiveHeads(archive ?? directory, verifier);
  const heads = [...cold.heads.map((head) => coldHead(head, verifier)), here.head, shown.head].filter(
    (head) => head !== undefined,
  );
  const begin = await archivedBegin({ directory, archive }, Math.max(0, ...heads.map(({ size }) => size)));
  const walk = new Walk(directory, heads, begin);
  for await (const placed of placedRecords(directory, archive)) {
    if (placed.kind === 'record') walk.record(placed.number, placed.payload, placed.segment);
    else walk.damage(placed);
  }
  const { findings, provenThrough, records, last, endsTorn } = walk.end();
  return {
    origin: verifier.name,
    records,
    archived: begin.size,
    last,
    signed: here.head?.size ?? 0,
    ...(shown.head === undefined ? {} : { outside: shown.head.size }),
    provenThrough,
    endsTorn,
    findings: [
      ...here.findings,
      ...shown.findings,
      ...cold.findings,
      ...oldCheckpoint(here.head, shown.head),
      ...findings,
    ],
  };
}

/** Goes through the records once, and grows two trees: of the records, and of the hashes that stand in the tiles. */
class Walk {
  readonly #heads: readonly Head[];
  readonly #order: NumberOrder;
  readonly #changed: ChangedRecords;
  readonly #signedLeaf: (number: number) => Buffer | undefined;
  /** Numbers of the records whose hash in the tiles is another one. */
  readonly #differing: number[] = [];
  readonly #leaves = new Map<number, Buffer>();
  readonly #byRecords: TreeEdge;
  readonly #byTiles: TreeEdge;
  readonly #fits = new Map<Head, { records: boolean; tiles: boolean }>();
  readonly #lost: Finding[] = [];
  #records = 0;
  #tail: { readonly segment: string; readonly offset: number } | undefined;

  constructor(directory: string, heads: readonly Head[], { size, tiles }: ArchivedBegin) {
    this.#order = new NumberOrder(size + 1);
    this.#byRecords = beginOf(size, tiles);
    this.#byTiles = beginOf(size, tiles);
    this.#heads = heads.toSorted((one, other) => one.size - other.size);
    this.#signedLeaf = leafReader(directory, this.#heads);
    this.#changed = new ChangedRecords(this.#signedLeaf);
  }

  record(number: number, payload: Buffer, segment: string): void {
    if (!this.#order.see(number, segment)) return;
    this.#records++;
    const leaf = leafHash(payload);
    // What is behind all that was signed is in no tree that could be compared, and its number may be any.
    if (number <= this.#byRecords.size || number > this.#signedSize) return;
    this.#leaves.set(number, leaf);
    const signed = this.#signedLeaf(number);
    if (signed?.equals(LOST_LEAF) === true) this.#lost.push({ kind: 'never-read', number });
    else if (signed?.equals(leaf) === false) this.#differs(number, payload, segment);
    this.#grow();
  }

  damage({ segment, offset, isLast }: { segment: string; offset: number; isLast: boolean }): void {
    if (isLast) this.#tail = { segment, offset };
    else this.#order.damage(segment, offset);
  }

  end(): Pick<VerifyReport, 'findings' | 'provenThrough' | 'records' | 'last' | 'endsTorn'> {
    const { last } = this.#order;
    // Bytes at the end are a record being written, unless what was signed reaches as far.
    const isCut = this.#signedSize > last;
    if (isCut && this.#tail !== undefined) this.#order.damage(this.#tail.segment, this.#tail.offset);
    const ordered = this.#order.end();
    const lastSigned = Math.min(last, this.#signedSize);
    for (let number = this.#byRecords.size + 1; number <= lastSigned; number++) this.#growBy(number);
    // What was cut off is in the tiles still: with it the rest can be held to what was signed.
    for (let number = last + 1; number <= this.#signedSize && this.#signedLeaf(number) !== undefined; number++)
      this.#growBy(number);
    const authentic = [...this.#fits].filter(([, fits]) => fits.records || fits.tiles).map(([{ size }]) => size);
    const findings = [...ordered, ...this.#cuts(last), ...this.#judged(), ...this.#lost];
    const proven = Math.max(0, ...authentic);
    return {
      findings,
      provenThrough: Math.min(proven, firstWrong(findings) - 1),
      records: this.#records,
      last,
      endsTorn: this.#tail !== undefined && !isCut,
    };
  }

  get #signedSize(): number {
    return this.#heads.at(-1)?.size ?? 0;
  }

  #differs(number: number, payload: Buffer, segment: string): void {
    if (this.#differing.length < MAX_FINDINGS) this.#differing.push(number);
    this.#changed.add(number, payload, segment);
  }

  /** Takes into the trees what is there without a hole. What comes too late waits for its turn, within bounds. */
  #grow(): void {
    while (this.#leaves.has(this.#byRecords.size + 1) || this.#leaves.size > MAX_WAITING)
      this.#growBy(this.#byRecords.size + 1);
  }

  #growBy(number: number): void {
    const signed = this.#signedLeaf(number);
    const leaf = this.#leaves.get(number);
    this.#leaves.delete(number);
    this.#byRecords.add(leaf ?? signed ?? LOST_LEAF);
    this.#byTiles.add(signed ?? leaf ?? LOST_LEAF);
    for (const head of this.#heads) if (head.size === number) this.#compare(head);
  }

  #compare(head: Head): void {
    const records = this.#byRecords.root().equals(head.root);
    this.#fits.set(head, { records, tiles: records || this.#byTiles.root().equals(head.root) });
  }

  /** What is signed and behind the last record. */
  #cuts(last: number): readonly Finding[] {
    const furthest = this.#heads.findLast(({ size }) => size > last);
    return furthest === undefined ? [] : [{ kind: 'cut', from: last + 1, to: furthest.size, by: furthest.by }];
  }

  /** Whether the records or the tiles were changed, by what was signed; or that neither is what was. */
  #judged(): readonly Finding[] {
    const wrong: Finding[] = [];
    for (const [{ size, by }, { records, tiles }] of this.#fits)
      if (!records && !tiles) wrong.push({ kind: 'other-history', size, by });
    const areTiles = this.#fits.size > 0 && [...this.#fits.values()].every(({ records }) => records);
    const badTiles = this.#differing.map((number): Finding => ({ kind: 'bad-tile', number }));
    return [...wrong, ...(areTiles ? badTiles : this.#changed.findings)];
  }
}

/** The tree over what is archived; without its tiles one that nobody has signed. */
function beginOf(size: number, tiles: ArchivedBegin['tiles']): TreeEdge {
  if (tiles !== undefined) return TreeEdge.resume(size, tiles);
  const edge = new TreeEdge();
  for (let number = 1; number <= size; number++) edge.add(LOST_LEAF);
  return edge;
}

function coldHead({ size, root }: TreeHead, { name }: NoteVerifier): Head {
  return { origin: name, size, root: Buffer.from(root), by: 'archive' };
}

/** Hashes of records that stand before others with lower numbers. */
const MAX_WAITING = 100_000;

/** The number of the first record that something is wrong with; `Infinity` without any. */
function firstWrong(findings: readonly Finding[]): number {
  return Math.min(
    ...findings.map((finding) => {
      if ('number' in finding) return finding.kind === 'bad-tile' ? Number.POSITIVE_INFINITY : finding.number;
      if ('from' in finding) return finding.from;
      return finding.kind === 'other-history' ? 1 : Number.POSITIVE_INFINITY;
    }),
    Number.POSITIVE_INFINITY,
  );
}

/** The hashes in the tiles of the largest tree that was signed and is there. */
function leafReader(directory: string, heads: readonly Head[]): (number: number) => Buffer | undefined {
  const sources = heads.map(({ size }) => ({ size, source: tileSource(directory, size) }));
  return (number) => {
    for (const { size, source } of sources) {
      if (number < 1 || number > size) continue;
      try {
        return Buffer.from(source(0, number - 1, 1));
      } catch (cause) {
        if (!(cause instanceof RangeError) && codeOf(cause) !== 'ENOENT') throw cause;
      }
    }
    return undefined;
  };
}

function readHere(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, CHECKPOINT_FILE), 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

function readHead(
  by: CheckpointPlace,
  read: () => string | undefined,
  verifier: NoteVerifier,
): { readonly head: Head | undefined; readonly findings: readonly Finding[] } {
  const note = read();
  if (note === undefined) return { head: undefined, findings: [] };
  try {
    return { head: { ...openCheckpoint(note, verifier), by }, findings: [] };
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    return { head: undefined, findings: [{ kind: 'bad-checkpoint', by, why: cause.message }] };
  }
}

function oldCheckpoint(here: Head | undefined, outside: Head | undefined): readonly Finding[] {
  const isOld = outside !== undefined && (here?.size ?? 0) < outside.size;
  return isOld ? [{ kind: 'old-checkpoint', here: here?.size ?? 0, outside: outside.size }] : [];
}
