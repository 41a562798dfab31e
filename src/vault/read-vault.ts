import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../kit/cause.ts';
import { namesIn } from './key-table.ts';
import { openPayload } from './payload-cipher.ts';
import { type KeptHead, type PayloadHead, readHead } from './payload-head.ts';
import { segmentIdIn } from './segment-name.ts';
import { itemsIn, type VaultItem } from './vault-framing.ts';
import type { ContentKey, VaultKeys } from './vault-keys.ts';

/** What was read where payloads are kept. */
export type VaultReading =
  | {
      readonly kind: 'payload';
      readonly segment: string;
      readonly head: KeptHead;
      readonly bytes: Buffer;
      /** What the record should say: over the random bytes that were kept with it, and the payload. Of one too long: absent. */
      readonly commitment?: string;
    }
  /** It is there, and what it says in the clear is not proven: its key cannot be had. */
  | {
      readonly kind: 'locked';
      readonly segment: string;
      readonly head: KeptHead;
      readonly why: Exclude<ContentKey['kind'], 'key'>;
    }
  | { readonly kind: 'gap'; readonly segment: string; readonly head: Extract<PayloadHead, { kind: 'gap' }> }
  /** Something is not as it was written. */
  | { readonly kind: 'wrong'; readonly segment: string; readonly what: string }
  /** The segment was not ended: it is being written, or the process was killed. */
  | { readonly kind: 'open-end'; readonly segment: string };

const SALT_BYTES = 32;

/** All that is kept in a directory, oldest first. @throws what the file system said. */
export async function* readVault(directory: string, keys: VaultKeys): AsyncGenerator<VaultReading> {
  for (const name of vaultSegments(directory)) {
    const bytes = await readWhole(join(directory, name));
    if (bytes !== undefined) yield* readVaultSegment(name, bytes, keys);
  }
}

/** The names of the segments in a directory, oldest first. @throws what the file system said. */
export function vaultSegments(directory: string): readonly string[] {
  return namesIn(directory).filter((name) => segmentIdIn(name) !== undefined);
}

/** All that is in one segment. */
export function* readVaultSegment(name: string, bytes: Buffer, keys: VaultKeys): Generator<VaultReading> {
  const id = segmentIdIn(name) ?? '';
  let next = 0;
  let hasEnded = false;
  for (const item of itemsIn(bytes)) {
    if (item.kind === 'incomplete') break;
    const reading = item.kind === 'damage' ? wrongAt(name, item, 'is damaged') : readEntry(name, id, item, keys);
    const number = item.kind === 'entry' ? readHead(item.head)?.number : undefined;
    if (hasEnded) yield wrongAt(name, item, 'stands behind the end');
    else if (number !== undefined && number !== next) yield wrongAt(name, item, `has number ${number}, not ${next}`);
    if (reading === 'end') hasEnded = true;
    else if (reading !== undefined) yield reading;
    next = (number ?? next) + 1;
  }
  if (!hasEnded) yield { kind: 'open-end', segment: name };
}

function wrongAt(segment: string, { offset }: VaultItem, what: string): VaultReading {
  return { kind: 'wrong', segment, what: `what begins at byte ${offset} ${what}` };
}

function readEntry(
  name: string,
  segment: string,
  item: Extract<VaultItem, { kind: 'entry' }>,
  keys: VaultKeys,
): VaultReading | 'end' | undefined {
  const head = readHead(item.head);
  if (head === undefined) return wrongAt(name, item, 'says nothing of itself');
  const isKept = head.kind === 'arguments' || head.kind === 'reply';
  const key = keys.contentKey(segment, isKept ? head.key : undefined);
  if (key.kind !== 'key') return locked(name, item, head, key.kind);
  const opened = openPayload(key.key, { segment, number: head.number, head: item.head }, item.sealed);
  if (opened === undefined) return wrongAt(name, item, 'was changed');
  if (head.kind === 'end') return 'end';
  if (head.kind === 'gap') return { kind: 'gap', segment: name, head };
  if (head.kind === 'begin') return head.segment === segment ? undefined : wrongAt(name, item, 'is of another segment');
  return payloadOf(name, head, opened);
}

function locked(
  name: string,
  item: Extract<VaultItem, { kind: 'entry' }>,
  head: PayloadHead,
  why: Exclude<ContentKey['kind'], 'key'>,
): VaultReading | 'end' | undefined {
  if (why === 'changed') return wrongAt(name, item, 'has a key file that was changed');
  if (head.kind === 'arguments' || head.kind === 'reply') return { kind: 'locked', segment: name, head, why };
  // Told by the payloads of the segment, and once where it has none.
  if (head.kind === 'begin')
    return wrongAt(name, item, `has no key: ${why === 'gone' ? 'its file is gone' : 'what wraps it is not there'}`);
  return head.kind === 'end' ? 'end' : undefined;
}

function payloadOf(segment: string, head: KeptHead, opened: Buffer): VaultReading {
  const bytes = opened.subarray(SALT_BYTES);
  const read = { kind: 'payload', segment, head, bytes } as const;
  return head.kept === 'whole' ? { ...read, commitment: hash('sha256', opened, 'hex') } : read;
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}
