import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import {
  base64url,
  goodClaims,
  goodHeader,
  ISSUER,
  NOW_MS,
  PLAIN,
  signTexts,
  signToken,
} from '../../src/capability/token.fixture.ts';
import {
  believesDecrypted,
  deniesByText,
  hashesAsTold,
  readsAnySerialisation,
  signatureOnly,
  split,
} from './naive-verifier.ts';
import { attackerKey, issuerKey, sallyport, unsigned } from './token-attack.ts';

/** A token of which only the signature is spelled otherwise in the other alphabet of base64. */
function tokenWithBothAlphabets(): string {
  for (let note = 0; ; note += 1) {
    const token = signToken(issuerKey, { note });
    const [header = '', payload = '', signature = ''] = token.split('.');
    if (/[-_]/.test(signature) && !/[-_]/.test(header + payload)) return token;
  }
}

const compact = tokenWithBothAlphabets();
const secret = randomBytes(32);

/** A JWE that anybody who may encrypt to the service can make: it proves nothing about its content. */
function encrypted(inside: string, header: Record<string, unknown> = {}): string {
  const protectedPart = base64url(JSON.stringify({ typ: 'at+jwt', alg: 'dir', enc: 'A256GCM', kid: 'k1', ...header }));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(protectedPart));
  const content = 'zip' in header ? deflateRawSync(inside) : Buffer.from(inside);
  const text = Buffer.concat([cipher.update(content), cipher.final()]);
  return [protectedPart, '', ...[iv, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
}

suite('token attack: what is no compact JWS', () => {
  test('a JWE around a token that nobody signed (CVE-2026-29000)', async () => {
    const forged = encrypted(`${unsigned({ alg: 'none' }, { sub: 'user:admin' })}.`);
    assert.equal(believesDecrypted(forged, secret)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.malformed');
  });

  test('a JWE that grows when it is inflated', async () => {
    const bomb = encrypted(`${unsigned({ alg: 'none' }, { sub: 'x'.repeat(4_000_000) })}.`, { zip: 'DEF' });
    assert.ok(bomb.length < 8192);
    assert.equal(String(believesDecrypted(bomb, secret)['sub']).length, 4_000_000);
    assert.equal(await sallyport(bomb), 'token.malformed');
  });

  test('a small JWE that is compressed', async () => {
    assert.equal(await sallyport(encrypted('{}', { zip: 'DEF' })), 'token.malformed');
  });

  test('a password that takes as long to check as the token says', async () => {
    const costly = `${base64url(JSON.stringify({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2s: 'AAAA', p2c: 2 ** 31 }))}....`;
    assert.equal(hashesAsTold(costly), 2 ** 31);
    assert.equal(await sallyport(costly), 'token.malformed');
  });

  for (const member of ['zip', 'enc', 'p2c', 'p2s', 'epk']) {
    test(`${member} in the header of a signed token`, async () => {
      assert.equal(await sallyport(signToken(issuerKey, {}, { [member]: 1 })), 'token.header');
    });
  }

  test('the JSON serialisation', async () => {
    const [header, payload, signature] = compact.split('.');
    const json = JSON.stringify({ protected: header, payload, signature });
    assert.equal(readsAnySerialisation(json, issuerKey.publicKey)['iss'], ISSUER);
    assert.equal(await sallyport(json), 'token.malformed');
  });

  for (const [what, changed] of [
    ['white space before it', ` ${compact}`],
    ['a line end after it', `${compact}\n`],
  ] as const) {
    test(`a token with ${what}`, async () => {
      assert.equal(readsAnySerialisation(changed, issuerKey.publicKey)['iss'], ISSUER);
      assert.equal(await sallyport(changed), 'token.malformed');
    });
  }

  for (const [what, changed] of [
    ['padding', `${compact}==`],
    ['a fourth part', `${compact}.AA`],
    ['characters of the other alphabet', compact.replaceAll('-', '+').replaceAll('_', '/')],
    ['a space inside', `${compact.slice(0, -4)} ${compact.slice(-4)}`],
  ] as const) {
    test(`a token with ${what}`, async () => {
      assert.equal(signatureOnly(changed, issuerKey.publicKey)['iss'], ISSUER);
      assert.notEqual(await sallyport(changed), 'verified');
    });
  }

  test('a second spelling of the same signature, which a deny list by text does not know', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(compact.at(-1) ?? '');
    const twin = compact.slice(0, -1) + alphabet.charAt(last + 1);
    assert.deepEqual(split(twin).signature, split(compact).signature);
    const denied = new Set([compact]);
    assert.throws(() => deniesByText(compact, issuerKey.publicKey, denied));
    assert.equal(deniesByText(twin, issuerKey.publicKey, denied)['iss'], ISSUER);
    assert.equal(await sallyport(twin), 'token.malformed');
  });

  test('a claim twice, which parsers read differently', async () => {
    const payload = JSON.stringify(goodClaims()).replace('{', `{"aud":"https://tools.example/mcp/other",`);
    const token = signTexts(issuerKey, JSON.stringify(goodHeader(issuerKey)), payload);
    assert.equal(signatureOnly(token, issuerKey.publicKey)['aud'], PLAIN.resource);
    assert.equal(await sallyport(token), 'token.malformed');
  });

  test('a header member twice, the second time escaped', async () => {
    const header = `{"typ":"at+jwt","kid":"k1","alg":"none","\\u0061lg":"Ed25519"}`;
    const token = signTexts(issuerKey, header, JSON.stringify(goodClaims()));
    assert.equal(signatureOnly(token, issuerKey.publicKey)['iss'], ISSUER);
    assert.equal(await sallyport(token), 'token.malformed');
  });

  for (const [what, payload] of [
    ['a byte order mark', `\ufeff${JSON.stringify(goodClaims())}`],
    ['something after the object', `${JSON.stringify(goodClaims())}{}`],
    ['__proto__', JSON.stringify(goodClaims()).replace('{', '{"__proto__":{},')],
    ['a number that no double holds', JSON.stringify(goodClaims()).replace('{', '{"n":9007199254740993,')],
  ] as const) {
    test(`a payload with ${what}`, async () => {
      const token = signTexts(issuerKey, JSON.stringify(goodHeader(issuerKey)), payload);
      assert.equal(await sallyport(token), 'token.malformed');
    });
  }

  test('a token of 8 193 characters', async () => {
    assert.equal(await sallyport(signToken(issuerKey, { pad: 'x'.repeat(8000) })), 'token.too-large');
  });

  test('parts of two good tokens', async () => {
    const [one, two] = [signToken(issuerKey, { sub: 'user:bob' }), compact].map((token) => token.split('.'));
    assert.equal(await sallyport([two?.[0], one?.[1], two?.[2]].join('.')), 'token.signature');
  });

  test('a signature of zeros', async () => {
    const zeros = `${unsigned({ typ: 'at+jwt', alg: 'Ed25519', kid: 'k1' })}.${Buffer.alloc(64).toString('base64url')}`;
    assert.equal(await sallyport(zeros), 'token.signature');
  });

  test('a signature that is not there', async () => {
    const without = `${unsigned({ typ: 'at+jwt', alg: 'Ed25519', kid: 'k1' })}.`;
    assert.equal(await sallyport(without), 'token.signature');
  });

  test('the control: another key’s signature is refused by the naive verifier, too', () => {
    assert.throws(() => signatureOnly(signToken(attackerKey), issuerKey.publicKey));
    assert.equal(NOW_MS / 1000, split(compact).claims['iat']);
  });
});
