import { statSync } from 'node:fs';

/**
 * The mode of a file or directory, in octal, when somebody but its owner has one of the `forbidden` permissions; else `undefined`.
 * Windows has no mode bits; its permissions are the operator's.
 *
 * @throws what the file system said.
 */
export function modeOpenToOthers(path: string, forbidden = 0o077): string | undefined {
  const mode = statSync(path).mode & 0o777;
  return process.platform === 'win32' || (mode & forbidden) === 0 ? undefined : mode.toString(8);
}
