import { decodeBase64url } from '../capability/base64url.ts';
import { BundleError } from './bundle-error.ts';
import { manifestSchema, SIGNED } from './manifest.ts';
import { joinBundle, type PolicyBundle } from './policy-bundle.ts';
import { readDocument, readStrictly } from './read-document.ts';

/**
 * What a bundle says, signed or not, with nobody vouching for it: for commands that only show, never for a service.
 *
 * @throws BundleError for what is no bundle.
 */
export function readUnverified(bytes: Uint8Array): PolicyBundle {
  const document = readDocument(bytes);
  const payload =
    document.kind === SIGNED
      ? decodeBase64url(document.manifest.split('.', 3)[1] ?? '')
      : Buffer.from(JSON.stringify(document.manifest));
  if (payload === undefined) throw new BundleError('malformed', 'the manifest is no compact JWS');
  return joinBundle(readStrictly(payload, manifestSchema, 'the manifest'), payload, document.files, undefined);
}
