import { readFile, stat } from 'node:fs/promises';
import type { JWK } from 'jose';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../command-io.ts';

/**
 * The private JWK in a file. Says when others can read it, too. Nothing of the key is ever printed.
 *
 * @throws CommandError
 */
export async function readSigningKey(path: string, io: CommandIo): Promise<JWK> {
  const jwk = await readJwk(path);
  if (jwk.d === undefined) {
    throw new CommandError(`${path} is not a private key; use the one that "sallyport keys generate" wrote.`);
  }
  if (jwk.kid === undefined || jwk.alg === undefined) throw new CommandError(`${path} has no kid or no alg; add them.`);
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) io.complain(`warning: ${path} can be read by others; run: chmod 600 ${path}`);
  return jwk;
}

async function readJwk(path: string): Promise<JWK> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`the key ${path} ${whyUnreadable(cause)} Make one with "sallyport keys generate".`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'kty' in value) return value as JWK;
  } catch {
    // The parser's message would quote the file, which may be a key.
  }
  throw new CommandError(`${path} is not a JWK; use the one that "sallyport keys generate" wrote.`);
}
