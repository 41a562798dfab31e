import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/audit/checkpoint/checkpoint.ts';
import { noteVerifier } from '../../src/audit/checkpoint/signed-note.ts';
import { consistencyProof, inclusionProof } from '../../src/audit/tree/prove.ts';
import { tileSource } from '../../src/audit/tree/tile-files.ts';
import { placedRecords } from '../../src/audit/verify/placed-records.ts';
import { CHECKPOINT_FILE } from '../../src/audit/signer/log-signer.ts';

/**
 * All that can be shown of a log, as documents for `tlog/main.go`: each of `checkpoints`, in the order in which they were made,
 * that each grew out of the one before, and each signed record.
 */
export async function evidenceOf(
  directory: string,
  verifierKey: string,
  checkpoints: readonly string[],
): Promise<readonly object[]> {
  const verifier = noteVerifier(verifierKey);
  const last = readFileSync(join(directory, CHECKPOINT_FILE), 'utf8');
  const { size } = openCheckpoint(last, verifier);
  const source = tileSource(directory, size);
  const notes = [...checkpoints, last];
  const grown = notes.slice(1).map((note, index) => {
    const old = notes[index] ?? '';
    const [from, to] = [old, note].map((one) => openCheckpoint(one, verifier).size);
    const proof = consistencyProof(from ?? 0, to ?? 0, tileSource(directory, size));
    return { old, new: note, growth: proof.map((hash) => hash.toString('base64')) };
  });
  const records: object[] = [];
  for await (const placed of placedRecords(directory)) {
    if (placed.kind !== 'record' || placed.number > size) continue;
    const path = inclusionProof(placed.number - 1, size, source).map((hash) => hash.toString('base64'));
    records.push({ checkpoint: last, record: placed.payload.toString(), index: placed.number - 1, path });
  }
  return [{ key: verifierKey, directory }, ...notes.map((checkpoint) => ({ checkpoint })), ...grown, ...records];
}
