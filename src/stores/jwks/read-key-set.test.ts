import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { jwkOf, lenientParseJson, newSigner } from '../../capability/token.fixture.ts';
import { readKeySet } from './read-key-set.ts';

const one = newSigner('Ed25519', 'one');
const two = newSigner('ES256', 'two');
const rsa = newSigner('RS256', 'rsa');
const good = jwkOf(one);

async function read(keys: unknown, algorithms: Parameters<typeof readKeySet>[2] = ['EdDSA', 'Ed25519', 'ES256']) {
  return readKeySet(Buffer.from(JSON.stringify({ keys })), lenientParseJson, algorithms);
}

suite('readKeySet()', () => {
  test('gives each usable key under its kid with its one algorithm', async () => {
    const { keys, notes } = await read([good, jwkOf(two)]);
    assert.deepEqual(
      [...keys.values()].map(({ kid, algorithm }) => [kid, algorithm]),
      [
        ['one', 'Ed25519'],
        ['two', 'ES256'],
      ],
    );
    assert.deepEqual(notes, []);
  });

  test('binds a key without alg to the only listed algorithm that fits', async () => {
    const { keys } = await read([{ ...jwkOf(rsa), alg: undefined }], ['PS256', 'ES256']);
    assert.equal(keys.get('rsa')?.algorithm, 'PS256');
  });

  test('leaves a key out whose algorithm could be one of several', async () => {
    const { notes } = await read([good, { ...jwkOf(rsa), alg: undefined }], ['PS256', 'RS256', 'Ed25519']);
    assert.deepEqual(notes, ['key 1: no single algorithm that fits it and is listed for the issuer']);
  });

  const privateKey = two.privateKey.export({ format: 'jwk' });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  for (const [what, jwk] of [
    ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 'x', alg: 'HS256' }],
    ['a private key', { ...privateKey, kid: 'x' }],
    ['an encryption key', { ...jwkOf(two), kid: 'x', use: 'enc' }],
    ['a key that may only sign', { ...jwkOf(two), kid: 'x', key_ops: ['sign'] }],
    ['a key without kid', { ...jwkOf(two), kid: undefined }],
    ['a key with a kid of 129 characters', { ...jwkOf(two), kid: 'k'.repeat(129) }],
    ['an unlisted algorithm', { ...jwkOf(rsa), kid: 'x' }],
    ['an algorithm that does not fit the key', { ...jwkOf(two), kid: 'x', alg: 'Ed25519' }],
    ['an unknown key type', { kty: 'AKP', kid: 'x', alg: 'ML-DSA-44', pub: 'AA' }],
    ['a point that is not on the curve', { ...jwkOf(two), kid: 'x', x: 'AA' }],
    ['a short RSA key', { ...short, kid: 'x', alg: 'RS256' }],
    ['something that is no key', 7],
  ] as const) {
    test(`leaves out ${what}, and says so`, async () => {
      const { keys, notes } = await read([good, jwk], ['Ed25519', 'ES256']);
      assert.deepEqual([...keys.keys()], ['one']);
      assert.equal(notes.length, 1);
    });
  }

  test('leaves out every key of a kid that is not unique, usable or not', async () => {
    const { keys } = await read([good, { ...jwkOf(two), kid: 'one' }, jwkOf(two)]);
    assert.deepEqual([...keys.keys()], ['two']);
    assert.deepEqual([...(await read([jwkOf(two), good, { kty: 'oct', kid: 'one' }])).keys.keys()], ['two']);
  });

  test('tells equal sets by their fingerprint', async () => {
    const once = await read([good]);
    assert.equal((await read([Object.fromEntries(Object.entries(good).toReversed())])).fingerprint, once.fingerprint);
    assert.notEqual((await read([good, jwkOf(two)])).fingerprint, once.fingerprint);
  });

  test('reads a set without a key that can be used: whatever was there before is there no more', async () => {
    assert.deepEqual([...(await read([])).keys], []);
    const { keys, notes } = await read([{ kty: 'oct' }]);
    assert.deepEqual([keys.size, notes.length], [0, 1]);
  });

  for (const [what, text] of [
    ['no JSON', 'keys'],
    ['a list', '[]'],
    ['no keys', '{}'],
    ['too many keys', JSON.stringify({ keys: Array.from({ length: 65 }, (_, n) => ({ ...good, kid: `${n}` })) })],
  ] as const) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(readKeySet(Buffer.from(text), lenientParseJson, ['Ed25519']));
    });
  }
});
