import { importJWK, type JWK } from 'jose';
import { CompactSign } from 'jose/jws/compact/sign';
import { DEFAULT_ALGORITHMS } from '../capability/signature-algorithm.ts';
import { sha256Hex } from '../kit/digest.ts';
import { BundleError } from './bundle-error.ts';
import { API_VERSION, type Manifest, MANIFEST_TYPE, SIGNED, UNSIGNED } from './manifest.ts';
import { type BundleFile, joinBundle, type PolicyBundle } from './policy-bundle.ts';
import { readDocument } from './read-document.ts';

export interface BundleRequest {
  readonly name: string;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly files: readonly BundleFile[];
}

/** The text of an unsigned bundle. @throws BundleError for what a reader would not take. */
export function writeBundle({ name, revision, createdAtMs, files }: BundleRequest): string {
  const manifest: Manifest = {
    apiVersion: API_VERSION,
    kind: 'PolicyManifest',
    name,
    revision,
    created_at: new Date(createdAtMs).toISOString(),
    files: files.map(({ path, use, text }) => ({ path, use, sha256: sha256Hex(text), bytes: Buffer.byteLength(text) })),
  };
  const texts = files.map(({ path, text }) => ({ path, text }));
  const bundle = printed({ apiVersion: API_VERSION, kind: UNSIGNED, manifest, files: texts });
  readUnsigned(Buffer.from(bundle));
  return bundle;
}

/**
 * The bundle without a signature, for its author: whoever enforces it wants `verifyBundle()`.
 *
 * @throws BundleError also for one that is signed.
 */
export function readUnsigned(bytes: Uint8Array): PolicyBundle & { readonly payload: Uint8Array } {
  const { kind, manifest, files } = readDocument(bytes);
  if (kind === SIGNED) throw new BundleError('malformed', 'the bundle is signed already', 'Build it anew.');
  const payload = Buffer.from(JSON.stringify(manifest));
  return { ...joinBundle(manifest, payload, files, undefined), payload };
}

/**
 * The text of the unsigned bundle in `bytes`, signed.
 *
 * @param privateJwk Secret; with `kid` and `alg`.
 * @throws BundleError for what is no unsigned bundle; TypeError for a key that cannot sign one.
 */
export async function signBundle(bytes: Uint8Array, privateJwk: JWK): Promise<string> {
  const { payload, files } = readUnsigned(bytes);
  const { kid, alg } = privateJwk;
  const algorithm = DEFAULT_ALGORITHMS.find((known) => known === alg);
  if (kid === undefined || algorithm === undefined) {
    throw new TypeError(`the key has no kid, or an alg that is none of ${DEFAULT_ALGORITHMS.join(', ')}`);
  }
  const manifest = await new CompactSign(payload)
    .setProtectedHeader({ alg: algorithm, kid, typ: MANIFEST_TYPE })
    .sign(await importJWK(privateJwk, algorithm));
  const texts = files.map(({ path, text }) => ({ path, text }));
  return printed({ apiVersion: API_VERSION, kind: SIGNED, manifest, files: texts });
}

function printed(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
