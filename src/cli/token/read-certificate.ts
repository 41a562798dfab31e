import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { whyUnreadable } from '../../kit/why-unreadable.ts';
import { messageOf } from '../../kit/cause.ts';
import { sha256Base64url } from '../../kit/digest.ts';
import { CommandError } from '../command-error.ts';

/**
 * `x5t#S256` of the certificate in a PEM file: base64url of the SHA-256 of its DER (RFC 8705 §3.1).
 *
 * @throws CommandError
 */
export async function readCertificate(path: string): Promise<string> {
  const pem = await readFile(path).catch((cause: unknown) => {
    throw new CommandError(`the certificate ${path} ${whyUnreadable(cause)}`);
  });
  try {
    return sha256Base64url(new X509Certificate(pem).raw);
  } catch (cause) {
    throw new CommandError(`${path} is not a readable PEM certificate (${messageOf(cause)}).`);
  }
}
