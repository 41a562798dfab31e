import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { CompactSign, importJWK } from 'jose';
import { generateSigningKey } from '../capability/signing-key.ts';
import { BundleError, type BundleFault } from './bundle-error.ts';
import { FILES, keysOf, newKey, POLICY, SET, signed, unsigned } from './bundle.fixture.ts';
import { MANIFEST_TYPE, MAX_BUNDLE_BYTES } from './manifest.ts';
import { verifyBundle } from './verify-bundle.ts';

const key = await newKey('one');
const other = await newKey('two');
const keys = await keysOf(key);
const good = await signed(key);

interface Written {
  kind: string;
  manifest: string;
  files: { path: string; text: string }[];
}

/** The good bundle, changed by somebody who has no key. */
function changed(change: (bundle: Written) => object | void): string {
  const bundle: Written = JSON.parse(good);
  return JSON.stringify(change(bundle) ?? bundle);
}

async function refused(text: string | Uint8Array, fault: BundleFault, trusted = keys): Promise<void> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  await assert.rejects(verifyBundle(bytes, trusted), (error) => {
    assert.ok(error instanceof BundleError, String(error));
    assert.equal(error.fault, fault, error.message);
    return true;
  });
}

/** A bundle whose manifest is signed with everything that `header` and `payload` say, by the key itself. */
async function signedAs(header: object, manifest: object | string, files: object = FILES): Promise<string> {
  const payload = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const jws = await new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: 'EdDSA', kid: 'one', typ: MANIFEST_TYPE, ...header })
    .sign(await importJWK(key.privateJwk, 'EdDSA'));
  return JSON.stringify({ apiVersion: 'sallyport/v1', kind: 'PolicyBundle', manifest: jws, files });
}

const manifest = JSON.parse(unsigned()).manifest;
const texts = JSON.parse(unsigned()).files;

/** The good manifest under another header, with a signature of whoever writes it. */
function forged(header: object, sign: (input: string) => string): string {
  return changed((bundle) => {
    const [, payload] = bundle.manifest.split('.');
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`;
    bundle.manifest = `${input}.${sign(input)}`;
  });
}

suite('verifyBundle()', () => {
  test('gives the files that were signed, and who signed them', async () => {
    const bundle = await verifyBundle(Buffer.from(good), keys);
    assert.deepEqual([bundle.name, bundle.revision, bundle.signedBy], ['acme', 1, 'one']);
    assert.deepEqual(bundle.files, FILES);
    assert.match(bundle.digest, /^[0-9a-f]{64}$/);
  });

  for (const alg of ['EdDSA', 'Ed25519', 'ES256'] as const) {
    test(`takes a signature by ${alg}`, async () => {
      const one = await generateSigningKey(alg, 'a');
      assert.equal((await verifyBundle(Buffer.from(await signed(one)), await keysOf(one))).signedBy, 'a');
    });
  }

  test('takes both keys while one takes over, and says the same of the same rules', async () => {
    const both = await keysOf(key, other);
    const [first, second] = await Promise.all(
      [good, await signed(other)].map((text) => verifyBundle(Buffer.from(text), both)),
    );
    assert.deepEqual([first?.signedBy, second?.signedBy], ['one', 'two']);
    assert.equal(first?.digest, second?.digest);
    await refused(good, 'key-unknown', await keysOf(other));
  });

  test('refuses a bundle that is not signed, however that came about', async () => {
    await refused(unsigned(), 'unsigned');
    await refused(
      changed((bundle) => ({ ...bundle, kind: 'UnsignedPolicyBundle', manifest })),
      'unsigned',
    );
    await refused(
      changed((bundle) => void (bundle.manifest = bundle.manifest.replace(/[^.]*$/, ''))),
      'unsigned',
    );
    await refused(
      changed((bundle) => void (bundle.manifest = bundle.manifest.replace(/\.[^.]*$/, ''))),
      'malformed',
    );
    await refused(
      changed(({ kind, files }) => ({ apiVersion: 'sallyport/v1', kind, files })),
      'malformed',
    );
  });

  test('takes no other algorithm than that of the key: none, HS256 with the public key, ES256', async () => {
    await refused(
      forged({ alg: 'none', kid: 'one', typ: MANIFEST_TYPE }, () => ''),
      'unsigned',
    );
    await refused(
      forged({ alg: 'none', kid: 'one', typ: MANIFEST_TYPE }, () => 'AAAA'),
      'signature',
    );
    for (const secret of [JSON.stringify(key.publicJwk), Buffer.from(key.publicJwk.x ?? '', 'base64url')]) {
      const hmac = (input: string): string => createHmac('sha256', secret).update(input).digest('base64url');
      await refused(forged({ alg: 'HS256', kid: 'one', typ: MANIFEST_TYPE }, hmac), 'signature');
    }
    const ec = await generateSigningKey('ES256', 'one');
    await refused(await signed(ec), 'signature');
  });

  test('takes no key but the configured ones, whatever the header brings', async () => {
    await refused(await signed(other), 'key-unknown');
    const impostor = await newKey('one');
    await refused(await signed(impostor), 'signature');
    for (const brought of [{ jwk: other.publicJwk }, { jku: 'https://a.test' }, { x5c: ['a'] }, { x: 1 }]) {
      await refused(await signedAs(brought, manifest, texts), 'malformed');
    }
  });

  test('takes nothing else that the key signed: a token, a manifest of another version', async () => {
    await refused(await signedAs({ typ: 'at+jwt' }, manifest, texts), 'malformed');
    await refused(await signedAs({}, { ...manifest, apiVersion: 'sallyport/v2' }, texts), 'malformed');
    await refused(await signedAs({}, { ...manifest, expires: 1 }, texts), 'malformed');
    for (const revision of [0, -1, 1.5, '1', 1e300, null]) {
      await refused(await signedAs({}, { ...manifest, revision }, texts), 'malformed');
    }
  });

  test('refuses texts that are not those of the manifest: swapped, changed, missing, added, in another order', async () => {
    const edits: ((files: Written['files']) => Written['files'])[] = [
      ([a, b]) => [
        { path: a?.path ?? '', text: b?.text ?? '' },
        { path: b?.path ?? '', text: a?.text ?? '' },
      ],
      ([a, ...more]) => [{ path: a?.path ?? '', text: `${a?.text} ` }, ...more],
      (files) => files.slice(1),
      (files) => files.slice(0, 1),
      () => [],
      (files) => [...files, { path: 'more.yaml', text: POLICY }],
      (files) => files.toReversed(),
      ([a, ...more]) => [{ path: 'FILES.yaml', text: a?.text ?? '' }, ...more],
    ];
    for (const edit of edits) {
      await refused(
        changed((bundle) => void (bundle.files = edit(bundle.files))),
        'contents',
      );
    }
  });

  test('refuses a manifest of another bundle beside these texts', async () => {
    const next: Written = JSON.parse(await signed(key, 2, [{ path: 'files.yaml', use: 'policy', text: SET }]));
    await refused(
      changed((bundle) => ({ ...bundle, manifest: next.manifest })),
      'contents',
    );
  });

  test('refuses every prefix of a bundle', async () => {
    const whole = Buffer.from(good.trimEnd());
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), (length) => refused(whole.subarray(0, length), 'malformed')),
      { numRuns: 60 },
    );
  });

  test('never gives anything else than what was signed, whichever byte is another one', async () => {
    const whole = Buffer.from(good);
    const { digest } = await verifyBundle(whole, keys);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ by;
        const read = await verifyBundle(bytes, keys).catch((error: unknown) => {
          assert.ok(error instanceof BundleError, String(error));
          return undefined;
        });
        assert.deepEqual([read?.digest ?? digest, read?.files ?? FILES], [digest, FILES]);
      }),
      { numRuns: 300 },
    );
  });

  test('refuses a member that is there twice, and one that it does not know', async () => {
    await refused(good.replace('"kind"', '"kind": "PolicyBundle", "kind"'), 'malformed');
    await refused(good.replace('"path"', '"path": "files.yaml", "path"'), 'malformed');
    await refused(
      changed((bundle) => ({ ...bundle, signature: 'x' })),
      'malformed',
    );
    const twice = JSON.stringify(manifest).replace('"revision":1', '"revision":1,"revision":2');
    await refused(await signedAs({}, twice, texts), 'malformed');
  });

  test('refuses what is too large, before it reads it', async () => {
    await refused(Buffer.alloc(MAX_BUNDLE_BYTES + 1, ' '), 'too-large');
    const many = Array.from({ length: 1001 }, (_, index) => ({ path: `f${index}.yaml`, text: '' }));
    await refused(
      changed((bundle) => ({ ...bundle, files: many })),
      'malformed',
    );
    await refused('['.repeat(100_000), 'malformed');
  });

  test('takes no path that leads elsewhere, though the key signed it', async () => {
    const [first, ...more] = manifest.files;
    for (const path of [
      '../files.yaml',
      '/etc/passwd',
      'a/../b',
      './a',
      'a//b',
      'a\\b',
      '',
      '.',
      'C:/a',
      'a\u0000',
      'é',
      '.hidden',
    ]) {
      const files = [{ ...first, path }, ...more];
      const [, ...rest] = texts;
      const text = await signedAs({}, { ...manifest, files }, [{ path, text: POLICY }, ...rest]);
      await refused(text, 'malformed');
    }
    const twins = { ...manifest, files: [...manifest.files, { ...first, path: 'FILES.yaml' }] };
    await refused(await signedAs({}, twins, [...texts, { path: 'FILES.yaml', text: POLICY }]), 'malformed');
  });
});
