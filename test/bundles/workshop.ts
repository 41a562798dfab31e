import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwksOf, newKey } from '../../src/bundle/bundle.fixture.ts';
import { signBundle, writeBundle } from '../../src/bundle/write-bundle.ts';
import type { SigningKey } from '../../src/capability/signing-key.ts';

/** The text of a signed bundle with one policy file of these rules. */
export async function bundleOf(key: SigningKey, revision: number, ...rules: readonly string[]): Promise<string> {
  const head = ['apiVersion: sallyport/v1', 'kind: Policy', 'metadata: { name: test }'];
  const body = rules.length === 0 ? ['rules: []'] : ['rules:', ...rules.map((rule) => `  - ${rule}`)];
  const text = [...head, ...body, ''].join('\n');
  const files = [{ path: 'test.yaml', use: 'policy', text }] as const;
  const unsigned = writeBundle({ name: 'test', revision, createdAtMs: Date.UTC(2026, 10, 25), files });
  return await signBundle(Buffer.from(unsigned), key.privateJwk);
}

/** A folder with two signing keys and a JWK Set that holds both. */
export interface Workshop extends AsyncDisposable {
  readonly folder: string;
  readonly keys: readonly [SigningKey, SigningKey];
  /** Puts a text in the place of a file, in one step. */
  replace(file: string, content: string): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bundles-'));
  const keys = [await newKey('one'), await newKey('two')] as const;
  const replace = async (file: string, content: string): Promise<void> => {
    await writeFile(join(folder, `${file}.next`), content);
    await rename(join(folder, `${file}.next`), join(folder, file));
  };
  await replace('jwks.json', jwksOf(...keys));
  return { folder, keys, replace, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
