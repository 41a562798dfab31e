/** What is wrong with a log. Numbers are those of records, both ends included. */
export type Finding =
  /** Bytes that are no record: a checksum that does not fit, or no record at all. `to` before `from`: no record is missing. */
  | {
      readonly kind: 'damaged';
      readonly segment: string;
      readonly offset: number;
      readonly from: number;
      readonly to: number;
    }
  /** Another record stands there than was signed. */
  | { readonly kind: 'changed'; readonly segment: string; readonly number: number }
  /** Records that were signed under other numbers: some before them were taken out or put in. */
  | { readonly kind: 'renumbered'; readonly from: number; readonly to: number; readonly signedFrom: number }
  | { readonly kind: 'missing'; readonly from: number; readonly to: number }
  /** A record stands behind one with a higher number. */
  | { readonly kind: 'out-of-order'; readonly segment: string; readonly number: number; readonly behind: number }
  | { readonly kind: 'duplicate'; readonly segment: string; readonly number: number }
  /** The log ends before what was signed. */
  | { readonly kind: 'cut'; readonly from: number; readonly to: number; readonly by: CheckpointPlace }
  /** The checkpoint beside the log is older than the one outside. */
  | { readonly kind: 'old-checkpoint'; readonly here: number; readonly outside: number }
  /** A checkpoint is of another history than these records. */
  | { readonly kind: 'other-history'; readonly size: number; readonly by: CheckpointPlace }
  /** A checkpoint that this key has not signed, or that is none. */
  | { readonly kind: 'bad-checkpoint'; readonly by: CheckpointPlace; readonly why: string }
  /** What was archived cannot be shown to be what was signed. */
  | { readonly kind: 'bad-archive'; readonly name: string; readonly why: string }
  /** Hashes beside the log that are not those of its records, which fit what was signed. */
  | { readonly kind: 'bad-tile'; readonly number: number }
  /** A record that could not be read when its hash went into the tree. */
  | { readonly kind: 'never-read'; readonly number: number };

/** Which checkpoint: the one in the log's directory, the one that was shown from outside, or one in a manifest of the archive. */
export type CheckpointPlace = 'here' | 'outside' | 'archive';

/** A finding as a sentence without a full stop. */
export function printFinding(finding: Finding): string {
  switch (finding.kind) {
    case 'damaged':
      return finding.to < finding.from
        ? `${finding.segment}: byte ${finding.offset}: what stands before record ${finding.from} is no record`
        : `${finding.segment}: byte ${finding.offset}: ${records(finding)} damaged`;
    case 'changed':
      return `${finding.segment}: record ${finding.number} is not the one that was signed`;
    case 'renumbered':
      return `${records(finding)} signed as ${range(finding.signedFrom, finding.signedFrom + finding.to - finding.from)}`;
    case 'missing':
      return `${records(finding)} missing`;
    case 'out-of-order':
      return `${finding.segment}: record ${finding.number} stands behind record ${finding.behind}`;
    case 'duplicate':
      return `${finding.segment}: record ${finding.number} is there more than once`;
    case 'cut':
      return `the log is cut: ${records(finding)} missing, which ${place(finding.by)} has signed`;
    case 'old-checkpoint':
      return `the checkpoint here is an old one: of ${finding.here} records, while ${finding.outside} were signed`;
    case 'other-history':
      return `${place(finding.by)} of ${finding.size} records is of another history than these`;
    case 'bad-checkpoint':
      return `${place(finding.by)} cannot be believed: ${finding.why}`;
    case 'bad-archive':
      return `${finding.name} of the archive: ${finding.why}`;
    case 'bad-tile':
      return `the tile with the hash of record ${finding.number} was changed; the record is the one that was signed`;
    case 'never-read':
      return `record ${finding.number} could not be read when the tree was made`;
  }
}

function records({ from, to }: { readonly from: number; readonly to: number }): string {
  return from >= to ? `record ${from} is` : `records ${range(from, to)} are`;
}

function range(from: number, to: number): string {
  return from >= to ? String(from) : `${from} to ${to}`;
}

function place(by: CheckpointPlace): string {
  return PLACES[by];
}

const PLACES: Readonly<Record<CheckpointPlace, string>> = {
  here: 'the checkpoint here',
  outside: 'the checkpoint from outside',
  archive: 'the checkpoint of the archive',
};
