import type { NoteVerifier } from '../checkpoint/signed-note.ts';
import { ArchiveError } from '../archive/archive-error.ts';
import { manifestAt, manifestNames, provenHead } from '../archive/archive-manifest.ts';
import type { TreeHead } from '../tree/check-proof.ts';
import type { Finding } from './finding.ts';

/** The trees that the manifests in `directory` show to be the begin of what was signed. @throws what the file system said. */
export function archiveHeads(
  directory: string,
  verifier: NoteVerifier,
): { readonly heads: readonly TreeHead[]; readonly findings: readonly Finding[] } {
  const heads: TreeHead[] = [];
  const findings: Finding[] = [];
  for (const name of manifestNames(directory)) {
    try {
      heads.push(provenHead(manifestAt(directory, name), verifier));
    } catch (cause) {
      if (!(cause instanceof ArchiveError)) throw cause;
      findings.push({ kind: 'bad-archive', name, why: cause.message });
    }
  }
  return { heads, findings };
}
