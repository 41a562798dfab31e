import { openCheckpointKey } from '../checkpoint/checkpoint-key.ts';
import { noteVerifier } from '../checkpoint/signed-note.ts';
import { openLog } from '../open-log.ts';
import { LogSigner } from './log-signer.ts';
import type { OpenedSigner, SignerSetup } from './messages.ts';
import { openTree } from './open-tree.ts';

/**
 * Opens the log and the tree over it: whoever writes goes on with the number that it answers, in a new segment.
 *
 * @throws LogDamagedError, CheckpointKeyError, or what the file system said.
 */
export async function openSigner({
  directory,
  onDamage,
  keyPath,
  originHint,
}: Omit<SignerSetup, 'checkpointEveryMs'>): Promise<{ readonly signer: LogSigner; readonly opened: OpenedSigner }> {
  const log = await openLog(directory, onDamage);
  const key = openCheckpointKey(keyPath, originHint);
  const count = log.nextSequence - 1;
  const verifier = noteVerifier(key.verifierKey);
  const { edge, missing } = await openTree(directory, count, { verifier, onDamage });
  const shortened =
    missing === 0
      ? undefined
      : ({ bytes: 0, did: 'set_aside', found: 'missing', offset: count, records: missing, segment: '' } as const);
  return {
    signer: new LogSigner({ directory, edge, signer: key }),
    opened: {
      nextSequence: edge.size + 1,
      recovery: shortened ?? log.recovery,
      verifierKey: key.verifierKey,
    },
  };
}
