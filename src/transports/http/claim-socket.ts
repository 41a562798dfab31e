import { lstat, mkdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isServed } from './is-served.ts';

/** The limit of the operating system, bytes. */
const MAX_PATH_BYTES = 107;

/**
 * Makes sure that a Unix socket can be made at `path`, and that nobody but this user can reach it there.
 *
 * A missing directory is made with mode 0700; a socket that nobody serves any more is removed.
 *
 * @throws when the path is too long, the directory is reachable or owned by others, or something else is in the way.
 */
export async function claimSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Error(`${path}: longer than ${MAX_PATH_BYTES} bytes`);
  await claimDirectory(dirname(path));
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path}: is there and is not a socket`);
  if (await isServed(path)) throw new Error(`${path}: another process serves there`);
  await unlink(path);
}

/** Whoever reaches the socket could ask in Envoy's name, with a certificate of his choice. */
async function claimDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(path);
  if (uid !== process.getuid?.()) throw new Error(`${path}: belongs to another user`);
  if ((mode & 0o077) !== 0) throw new Error(`${path}: others can reach it; make it mode 0700`);
}
