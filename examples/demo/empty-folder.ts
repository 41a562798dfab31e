import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface EmptyFolder extends AsyncDisposable {
  readonly path: string;
}

/** A folder of one's own, that only this user can enter. It is also removed when the process is told to stop. */
export async function emptyFolder(): Promise<EmptyFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    async [Symbol.asyncDispose]() {
      process.off('exit', remove);
      await rm(path, { recursive: true, force: true });
    },
  };
}
