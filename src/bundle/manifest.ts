import { z } from 'zod';
import type { JsonLimits } from '../call/parse-json.ts';
import { BUNDLE_NAME } from './bundle-name.ts';
import { caseTwin, isBundlePath } from './bundle-path.ts';

export const API_VERSION = 'sallyport/v1';
/** `kind` of a bundle whose manifest is a compact JWS, and of one that nobody has signed yet. */
export const SIGNED = 'PolicyBundle';
export const UNSIGNED = 'UnsignedPolicyBundle';

/** `typ` of a signed manifest (RFC 7515 §4.1.9): a token signed with the same key is none, and the reverse. */
export const MANIFEST_TYPE = 'sallyport-bundle+jws';

/** Largest bundle, bytes of its file. */
export const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;
/** Largest file in one, bytes of UTF-8. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Most files in one. */
export const MAX_FILES = 1000;

/** What the strict reader takes of a bundle and of its manifest. */
export const BUNDLE_LIMITS: JsonLimits = {
  maxDepth: 8,
  maxMembers: MAX_FILES * 16,
  maxBytes: MAX_BUNDLE_BYTES,
};

const manifestFileSchema = z.strictObject({
  path: z.string().refine(isBundlePath, 'is no path of a bundle'),
  use: z.enum(['policy', 'set']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0).max(MAX_FILE_BYTES),
});

/** What is signed: which files there are, and what each holds. */
export const manifestSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('PolicyManifest'),
  name: z.string().regex(BUNDLE_NAME),
  /** Grows with each change. */
  revision: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  created_at: z.iso.datetime(),
  files: z
    .array(manifestFileSchema)
    .min(1)
    .max(MAX_FILES)
    .refine((files) => caseTwin(files.map(({ path }) => path)) === undefined, 'has a path twice, but for case'),
});

export type Manifest = z.output<typeof manifestSchema>;

const fileSchema = z.strictObject({ path: z.string(), text: z.string() });
const head = { apiVersion: z.literal(API_VERSION), files: z.array(fileSchema).max(MAX_FILES) };

/** The file as it is written: the manifest, signed or not, and the texts in its order. */
export const bundleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...head, kind: z.literal(SIGNED), manifest: z.string() }),
  z.strictObject({ ...head, kind: z.literal(UNSIGNED), manifest: manifestSchema }),
]);

export type BundleDocument = z.output<typeof bundleSchema>;
