import { rename, writeFile } from 'node:fs/promises';

/** Replaces one file so that a reader sees the old text or the new one, never half of it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text, { flush: true });
  await rename(`${path}.next`, path);
}
