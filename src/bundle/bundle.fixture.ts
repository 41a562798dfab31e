import type { JWK } from 'jose';
import { parseJson } from '../call/parse-json.ts';
import { DEFAULT_ALGORITHMS } from '../capability/signature-algorithm.ts';
import { generateSigningKey, type SigningKey } from '../capability/signing-key.ts';
import { readKeySet } from '../stores/jwks/read-key-set.ts';
import type { BundleFile } from './policy-bundle.ts';
import type { BundleKeys } from './verify-bundle.ts';
import { signBundle, writeBundle } from './write-bundle.ts';

export const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: files }
sets: { readers: { file: sets/readers.yaml } }
rules:
  - id: files.read
    match: { server: files, tool: read_file }
    effect: allow
    args: { path: { c: wildcard } }
    when: principal.id in sets.readers
`;
export const SET = '[user:alice, user:bob]\n';
export const FILES: readonly BundleFile[] = [
  { path: 'files.yaml', use: 'policy', text: POLICY },
  { path: 'sets/readers.yaml', use: 'set', text: SET },
];

export const CREATED_AT_MS = Date.UTC(2026, 10, 25, 12);

/** An unsigned bundle as its author builds it. */
export function unsigned(revision = 1, files = FILES, name = 'acme'): string {
  return writeBundle({ name, revision, createdAtMs: CREATED_AT_MS, files });
}

/** The same, signed. */
export async function signed(key: SigningKey, revision = 1, files = FILES, name = 'acme'): Promise<string> {
  return await signBundle(Buffer.from(unsigned(revision, files, name)), key.privateJwk);
}

/** Keys as a service reads them. */
export async function keysOf(...keys: readonly SigningKey[]): Promise<BundleKeys> {
  return (await readKeySet(Buffer.from(jwksOf(...keys)), parseJson, DEFAULT_ALGORITHMS)).keys;
}

/** The text of a JWK Set. */
export function jwksOf(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }): JWK => publicJwk) });
}

export async function newKey(kid: string): Promise<SigningKey> {
  return await generateSigningKey('EdDSA', kid);
}
