import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFileName } from '../../audit/checkpoint/checkpoint-file-name.ts';
import type { CheckpointSink } from '../../audit/checkpoint/checkpoint-publisher.ts';
import { codeOf } from '../../kit/cause.ts';

/**
 * Keeps the last checkpoint of the log `origin` in the file at `path`, or in a file of its own in the directory there. The file
 * holds a whole checkpoint at any time, and everybody may read it.
 */
export function fileCheckpoints(path: string, origin: string): CheckpointSink {
  return {
    async put(note) {
      const file = await fileOf(path, origin);
      await writeFile(`${file}.next`, note, { mode: 0o644, flush: false });
      await rename(`${file}.next`, file);
    },
    async last() {
      try {
        return await readFile(await fileOf(path, origin), 'utf8');
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return undefined;
        throw cause;
      }
    },
  };
}

async function fileOf(path: string, origin: string): Promise<string> {
  const isDirectory = path.endsWith('/') || (await isDirectoryAt(path));
  return isDirectory ? join(path, checkpointFileName(origin)) : path;
}

async function isDirectoryAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw cause;
  }
}
