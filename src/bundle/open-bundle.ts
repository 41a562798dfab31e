import { parseJson } from '../call/parse-json.ts';
import { DEFAULT_ALGORITHMS } from '../capability/signature-algorithm.ts';
import { messageOf } from '../kit/cause.ts';
import { whyUnreadable } from '../kit/why-unreadable.ts';
import { ChangedFile } from '../stores/changed-file.ts';
import { MAX_KEY_SET_BYTES, readKeySet, refuseUnusable } from '../stores/jwks/read-key-set.ts';
import { BundleError } from './bundle-error.ts';
import { MAX_BUNDLE_BYTES } from './manifest.ts';
import type { PolicyBundle } from './policy-bundle.ts';
import { type BundleKeys, verifyBundle } from './verify-bundle.ts';

export interface BundlePlace {
  /** Paths that can be opened. */
  readonly file: string;
  readonly keys: string;
  /** Which bundle it must be. */
  readonly name?: string | undefined;
}

/**
 * Reads and verifies the bundle at a place.
 *
 * The file is opened once: one that is put in its place meanwhile is another one, and one that is written over does not verify.
 *
 * @throws BundleError for a bundle that must not be used; Error when a file cannot be read or has no keys.
 */
export async function openBundle({ file, keys, name }: BundlePlace): Promise<PolicyBundle> {
  const trusted = await readBundleKeys(keys);
  const bundle = await verifyBundle(await readBundleFile(file), trusted);
  if (name !== undefined && bundle.name !== name) {
    throw new BundleError('name', `it is the bundle ${bundle.name}, and ${name} is wanted`);
  }
  return bundle;
}

/** The bytes at `path`, at most as many as a bundle may have. @throws Error */
export async function readBundleFile(path: string): Promise<Uint8Array> {
  return await readBounded(path, MAX_BUNDLE_BYTES);
}

/** The keys in the JWK Set at `path`. @throws Error when it is none, or has none that can be used. */
export async function readBundleKeys(path: string): Promise<BundleKeys> {
  const bytes = await readBounded(path, MAX_KEY_SET_BYTES);
  try {
    const set = await readKeySet(bytes, parseJson, DEFAULT_ALGORITHMS);
    refuseUnusable(set);
    return set.keys;
  } catch (cause) {
    throw new Error(`${path} holds no keys that can be used: ${messageOf(cause)}`, { cause });
  }
}

async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const content = await new ChangedFile(path, maxBytes).read();
    if (content !== 'unchanged') return content;
  } catch (cause) {
    throw new Error(`${path} ${whyUnreadable(cause)}`, { cause });
  }
  throw new Error(`${path} cannot be read.`);
}
