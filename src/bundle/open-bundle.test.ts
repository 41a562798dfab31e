import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ProblemsError } from '../kit/problem.ts';
import { BundleError } from './bundle-error.ts';
import { bundleSources } from './bundle-sources.ts';
import { FILES, jwksOf, newKey, POLICY, signed } from './bundle.fixture.ts';
import { MAX_BUNDLE_BYTES } from './manifest.ts';
import { openBundle, readBundleKeys } from './open-bundle.ts';

suite('openBundle()', async () => {
  const key = await newKey('one');
  let folder = '';
  const file = (): string => join(folder, 'rules.bundle');
  const open = (name?: string) => openBundle({ file: file(), keys: join(folder, 'jwks.json'), name });
  const replace = async (text: string): Promise<void> => {
    await writeFile(join(folder, 'next'), text);
    await rename(join(folder, 'next'), file());
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
    await writeFile(join(folder, 'jwks.json'), jwksOf(key));
  });
  after(() => rm(folder, { recursive: true }));

  /** Bundles with large files, whose revision every text holds. */
  const versions = await Promise.all(
    [1, 2].map(async (revision) => {
      const text = `${POLICY}# ${`${revision}`.repeat(200_000)}\n`;
      const files = ['a.yaml', 'b.yaml', 'c.yaml'].map((path) => ({ path, use: 'policy', text }) as const);
      return { text, bundle: await signed(key, revision, files) };
    }),
  );

  test('reads one bundle or the other, whole, when it is replaced in the middle of a read', async () => {
    const [first, second] = versions;
    await replace(first?.bundle ?? '');
    const seen = new Set<number>();
    const readers = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 15; n++) {
        const { revision, files } = await open();
        seen.add(revision);
        assert.deepEqual(new Set(files.map(({ text }) => text)), new Set([versions[revision - 1]?.text]));
      }
    });
    for (let n = 0; n < 40; n++) await replace((n % 2 === 0 ? second : first)?.bundle ?? '');
    await Promise.all(readers);
    assert.ok(seen.size > 0);
  });

  test('reads one bundle, whole, or none, when it is written over in the middle of a read', async () => {
    const over = new AbortController();
    const reader = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const read = await open().catch((error: unknown) => {
          assert.ok(error instanceof BundleError, String(error));
          return undefined;
        });
        const texts = new Set(read?.files.map(({ text }) => text));
        assert.deepEqual([...texts], read === undefined ? [] : [versions[read.revision - 1]?.text]);
      }
    };
    const reading = Promise.all([reader(), reader()]);
    for (let n = 0; n < 30; n++) await writeFile(file(), versions[n % 2]?.bundle ?? '');
    over.abort();
    await reading;
  });

  test('wants the bundle of that name', async () => {
    await replace(await signed(key));
    assert.equal((await open('acme')).name, 'acme');
    await assert.rejects(open('other'), /it is the bundle acme, and other is wanted/);
  });

  test('does not read what is too large', async () => {
    await replace('');
    await truncate(file(), MAX_BUNDLE_BYTES + 1);
    await assert.rejects(open(), /larger than 8388608 bytes/);
  });
});

suite('readBundleKeys()', async () => {
  const key = await newKey('one');

  test('takes public keys alone: with a secret in the set anybody who reads it could sign', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-bundle-'));
    context.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'jwks.json');
    const secret = { kty: 'oct', kid: 'one', alg: 'HS256', k: key.publicJwk.x };
    for (const keys of [
      [secret],
      [key.privateJwk],
      [{ ...key.publicJwk, use: 'enc' }],
      [key.publicJwk, key.publicJwk],
    ]) {
      await writeFile(path, JSON.stringify({ keys }));
      await assert.rejects(readBundleKeys(path), /no usable key/);
    }
    await writeFile(path, JSON.stringify({ keys: [secret, key.publicJwk, { ...key.publicJwk, kid: 'two' }] }));
    assert.deepEqual([...(await readBundleKeys(path)).keys()], ['two']);
  });
});

suite('bundleSources()', () => {
  test('reads sets from the bundle and from nowhere else', () => {
    const { sources, readText } = bundleSources('conf/rules.bundle', FILES);
    assert.deepEqual(
      sources.map(({ file }) => file),
      ['conf/rules.bundle/files.yaml'],
    );
    assert.match(readText(join(process.cwd(), 'conf/rules.bundle/sets/readers.yaml')), /alice/);
    for (const path of ['/etc/hostname', join(process.cwd(), 'package.json'), 'sets/readers.yaml']) {
      assert.throws(() => readText(path), /not in the bundle/);
    }
  });

  test('refuses a bundle that lacks a file of a set, or whose set lies elsewhere', () => {
    const [policy] = FILES;
    assert.ok(policy !== undefined);
    const isTold = (error: unknown): boolean =>
      error instanceof ProblemsError && /not in the bundle/.test(error.message);
    assert.throws(() => bundleSources('rules.bundle', [policy]), isTold);
    for (const place of ['../../package.json', '/etc/hostname', 'files.yaml']) {
      const text = policy.text.replace('sets/readers.yaml', place);
      assert.throws(() => bundleSources('rules.bundle', [{ ...policy, text }, ...FILES.slice(1)]), isTold);
    }
  });
});
