import { payloadTexts } from '../../vault/payload-texts.ts';
import { readVault, type VaultReading } from '../../vault/read-vault.ts';
import type { VaultKeys } from '../../vault/vault-keys.ts';
import { CommandError } from '../command-error.ts';

/** What the vault has of arguments or a reply. */
export type FoundPayload =
  | {
      readonly kind: 'texts';
      readonly texts: readonly string[];
      readonly omitted: boolean;
      readonly commitment: string;
    }
  /** Why it cannot be read, as the end of a sentence. */
  | { readonly kind: 'locked'; readonly why: string };

const MAX_BYTES = 512 * 1024 * 1024;

const LOCKED: Readonly<Record<Extract<VaultReading, { kind: 'locked' }>['why'], string>> = {
  'shredded': 'were shredded: the keys of its subject were deleted',
  'no-kek': 'are wrapped with a key that is neither key nor in old_keys',
  'gone': 'have lost their key',
  'changed': 'have a key that was changed',
};

/** Names a payload. */
export function payloadName(kind: 'arguments' | 'reply', decisionId: string): string {
  return `${kind} ${decisionId}`;
}

/**
 * The payloads of the decisions that are wanted, by `payloadName()`, decrypted.
 *
 * @throws CommandError when they are too much to hold; what the file system said.
 */
export async function keptPayloads(
  directories: readonly string[],
  keys: VaultKeys,
  isWanted: (decisionId: string) => boolean,
): Promise<ReadonlyMap<string, FoundPayload>> {
  const found = new Map<string, FoundPayload>();
  let bytes = 0;
  for (const directory of directories)
    for await (const reading of readVault(directory, keys)) {
      if ((reading.kind !== 'payload' && reading.kind !== 'locked') || !isWanted(reading.head.decision_id)) continue;
      bytes += reading.kind === 'payload' ? reading.bytes.length : 0;
      if (bytes > MAX_BYTES)
        throw new CommandError('more than 512 MiB are kept of these calls: narrow them with --since and --until.');
      found.set(payloadName(reading.head.kind, reading.head.decision_id), foundOf(reading));
    }
  return found;
}

function foundOf(reading: Extract<VaultReading, { kind: 'payload' | 'locked' }>): FoundPayload {
  if (reading.kind === 'locked') return { kind: 'locked', why: LOCKED[reading.why] };
  const { head, bytes, commitment = '' } = reading;
  return { kind: 'texts', texts: payloadTexts(head, bytes), omitted: head.omitted, commitment };
}
