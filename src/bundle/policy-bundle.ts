import { sha256Hex } from '../kit/digest.ts';
import { BundleError } from './bundle-error.ts';
import type { BundleDocument, Manifest } from './manifest.ts';

/** Which rules: what tells one bundle from any other. */
export interface BundleIdentity {
  readonly name: string;
  readonly revision: number;
  /** SHA-256 of the manifest as it was signed, in hex: over every text in the bundle, then. */
  readonly digest: string;
}

export interface BundleFile {
  readonly path: string;
  readonly use: 'policy' | 'set';
  readonly text: string;
}

/** A bundle whose texts are those that its manifest names. */
export interface PolicyBundle extends BundleIdentity {
  readonly createdAt: string;
  /** The key that vouches for it; `undefined` when nobody does. */
  readonly signedBy: string | undefined;
  readonly files: readonly BundleFile[];
}

/**
 * Joins a manifest with the texts beside it.
 *
 * @param payload The manifest's bytes.
 * @throws BundleError when a text is missing, is not the one that was signed, or is one too many.
 */
export function joinBundle(
  manifest: Manifest,
  payload: Uint8Array,
  texts: BundleDocument['files'],
  signedBy: string | undefined,
): PolicyBundle {
  if (texts.length !== manifest.files.length) {
    throw new BundleError(
      'contents',
      `the manifest names ${manifest.files.length} files, and ${texts.length} are there`,
    );
  }
  const files = manifest.files.map(({ path, use, sha256, bytes }, index) => {
    const found = texts[index];
    if (found?.path !== path) throw new BundleError('contents', `${path} is missing, or not in its place`);
    if (Buffer.byteLength(found.text) !== bytes || sha256Hex(found.text) !== sha256) {
      throw new BundleError('contents', `${path} is not the file that the manifest names`);
    }
    return { path, use, text: found.text };
  });
  const { name, revision, created_at: createdAt } = manifest;
  return { name, revision, createdAt, digest: sha256Hex(payload), signedBy, files };
}
