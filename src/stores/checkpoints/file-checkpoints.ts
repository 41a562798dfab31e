import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFileName } from '../../audit/checkpoint/checkpoint-file-name.ts';
import type { CheckpointSink } from '../../audit/checkpoint/checkpoint-publisher.ts';
import { codeOf } from '../../kit/cause.ts';
import { ChangedFile } from '../changed-file.ts';

/** A checkpoint is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Keeps the last checkpoint of the log `origin` in the file at `path`, or in a file of its own in the directory there. The file
 * holds a whole checkpoint at any time, and everybody may read it.
 *
 * Others may be able to write to that directory: no link there is written through, and what is no file of a checkpoint's size is
 * not read.
 */
export function fileCheckpoints(path: string, origin: string): CheckpointSink {
  return {
    async put(note) {
      const file = await fileOf(path, origin);
      await rm(`${file}.next`, { force: true });
      await writeFile(`${file}.next`, note, { flag: 'wx', mode: 0o644, flush: false });
      await rename(`${file}.next`, file);
    },
    async last() {
      try {
        const kept = await new ChangedFile(await fileOf(path, origin), MAX_BYTES).read();
        return kept === 'unchanged' ? undefined : Buffer.from(kept).toString();
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
