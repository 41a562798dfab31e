import { compactVerify } from 'jose/jws/compact/verify';
import { z } from 'zod';
import { decodeBase64url } from '../capability/base64url.ts';
import type { VerificationKey } from '../capability/key-source.ts';
import { BundleError } from './bundle-error.ts';
import { manifestSchema, MANIFEST_TYPE, SIGNED } from './manifest.ts';
import { joinBundle, type PolicyBundle } from './policy-bundle.ts';
import { readDocument, readStrictly } from './read-document.ts';

/** Keys by `kid`, each good for one algorithm. */
export type BundleKeys = ReadonlyMap<string, Pick<VerificationKey, 'algorithm' | 'key'>>;

/** The protected header: these members and no others, so nothing in it can bring a key or ask for more. */
const headerSchema = z.strictObject({
  alg: z.string(),
  kid: z.string().min(1).max(128),
  typ: z.literal(MANIFEST_TYPE),
});

/**
 * The bundle in `bytes`, if one of `keys` signed its manifest and its texts are those that were signed.
 *
 * The algorithm is the key's own, never the one that the header names (RFC 8725 §3.1). Nothing of the manifest is read before
 * its signature is good.
 *
 * @throws BundleError
 */
export async function verifyBundle(bytes: Uint8Array, keys: BundleKeys): Promise<PolicyBundle> {
  const document = readDocument(bytes);
  if (document.kind !== SIGNED) {
    throw new BundleError('unsigned', 'the bundle is not signed', 'Sign it: sallyport policy bundle sign.');
  }
  const { header, payload } = takeApart(document.manifest);
  const key = keys.get(header.kid);
  if (key === undefined) {
    const advice = 'Add the public key to the configured key set, or sign with a key that is in it.';
    throw new BundleError(
      'key-unknown',
      `the key ${JSON.stringify(header.kid)} is not among those that may sign`,
      advice,
    );
  }
  if (header.alg !== key.algorithm) throw new BundleError('signature', 'the algorithm is not that of the key');
  await checkSignature(document.manifest, key);
  return joinBundle(readStrictly(payload, manifestSchema, 'the manifest'), payload, document.files, header.kid);
}

/** The header and payload of a compact JWS (RFC 7515 §7.1), canonical in every part. @throws BundleError */
function takeApart(compact: string): { header: z.output<typeof headerSchema>; payload: Uint8Array } {
  const parts = compact.split('.', 4).map(decodeBase64url);
  const [head, payload, signature] = parts;
  if (parts.length !== 3 || head === undefined || payload === undefined || signature === undefined) {
    throw new BundleError('malformed', 'the manifest is no compact JWS');
  }
  if (signature.length === 0) throw new BundleError('unsigned', 'the signature was taken away');
  return { header: readStrictly(head, headerSchema, 'the header of the manifest'), payload };
}

async function checkSignature(compact: string, { key, algorithm }: Pick<VerificationKey, 'algorithm' | 'key'>) {
  try {
    await compactVerify(compact, key, { algorithms: [algorithm] });
  } catch {
    throw new BundleError('signature', 'the signature does not fit');
  }
}
