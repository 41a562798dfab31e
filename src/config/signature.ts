import { stat } from 'node:fs/promises';

/**
 * A text that differs when one of `files` was changed, replaced, made or removed. Symbolic links are followed, so that the
 * swap of a mounted ConfigMap is seen. Never rejects.
 */
export async function signatureOf(files: Iterable<string>): Promise<string> {
  const parts = [...new Set(files)].toSorted().map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? `${file} -` : `${file} ${found.ino} ${found.size} ${found.mtimeNs}`;
  });
  return (await Promise.all(parts)).join('\n');
}
