import type { z } from 'zod';
import { type JsonLimits, parseJson } from '../call/parse-json.ts';
import { toPlain } from '../kit/json.ts';
import { BundleError } from './bundle-error.ts';
import { BUNDLE_LIMITS, type BundleDocument, bundleSchema, MAX_BUNDLE_BYTES } from './manifest.ts';

/**
 * Takes a bundle apart and believes nothing of it.
 *
 * @throws BundleError for what is no bundle: too large, cut off, a member twice, an unknown member.
 */
export function readDocument(bytes: Uint8Array): BundleDocument {
  return readStrictly(bytes, bundleSchema, 'the file');
}

/** A JSON text of one shape. @throws BundleError */
export function readStrictly<S extends z.ZodType>(
  bytes: Uint8Array,
  schema: S,
  what: string,
  limits: JsonLimits = BUNDLE_LIMITS,
): z.output<S> {
  if (bytes.length > limits.maxBytes) {
    throw new BundleError('too-large', `${what} is larger than ${MAX_BUNDLE_BYTES} bytes`);
  }
  const parsed = parseJson(bytes, limits);
  if (parsed.kind === 'refused') {
    throw new BundleError('malformed', `${what} is no strict JSON (${parsed.reason} at byte ${parsed.offset})`);
  }
  const read = schema.safeParse(toPlain(parsed.value));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  throw new BundleError(
    'malformed',
    `${what} is no bundle of this version (at ${JSON.stringify(place.slice(0, 100))})`,
  );
}
