import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { signToken } from '../../src/capability/token.fixture.ts';
import {
  detectsKeyByItsBeginning,
  fallsBackToTokenAlgorithm,
  pemOf,
  refusesNoneByName,
  signatureOnly,
  trustsHeaderAlgorithm,
} from './naive-verifier.ts';
import {
  issuerKey,
  issuerRsa,
  issuerRsaPem,
  macToken,
  sallyport,
  sallyportTrusting,
  unsigned,
} from './token-attack.ts';

const admin = { sub: 'user:admin' };

suite('token attack: the token chooses how it is checked', () => {
  test('the control: a token of the issuer is good', async () => {
    assert.equal(await sallyport(signToken(issuerKey)), 'verified');
  });

  for (const alg of ['nOnE', 'None', 'NONE']) {
    test(`alg ${alg} gets past a check for "none", and not past ours`, async () => {
      const forged = `${unsigned({ typ: 'at+jwt', alg, kid: 'k1' }, admin)}.`;
      assert.equal(refusesNoneByName(forged, issuerKey.publicKey)['sub'], 'user:admin');
      assert.equal(await sallyport(forged), 'token.algorithm');
    });
  }

  for (const alg of ['none', '', null, undefined, ['Ed25519'], 'ed25519', 'Ed25519 ', 'HS512']) {
    test(`alg ${JSON.stringify(alg)} is refused before any cryptography`, async () => {
      const forged = `${unsigned({ typ: 'at+jwt', alg, kid: 'k1' }, admin)}.`;
      assert.equal(await sallyport(forged), 'token.algorithm');
    });
  }

  test('a MAC under the public key passes for a signature, and not here', async () => {
    const forged = macToken(issuerRsaPem, {}, admin);
    assert.equal(trustsHeaderAlgorithm(forged, issuerRsaPem)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.algorithm');
  });

  test('white space before the key hides that it is a public one (CVE-2026-34950), and not here', async () => {
    const configured = `\n${issuerRsaPem}`;
    const forged = macToken(configured, {}, admin);
    assert.throws(() => detectsKeyByItsBeginning(macToken(issuerRsaPem, {}, admin), issuerRsaPem));
    assert.equal(detectsKeyByItsBeginning(forged, configured)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.algorithm');
  });

  test('a key without alg is used with the token’s (CVE-2026-22817), and not here', async () => {
    const jwk = issuerRsa.publicKey.export({ format: 'jwk' });
    const forged = macToken(pemOf(jwk), {}, admin);
    assert.equal(fallsBackToTokenAlgorithm(forged, jwk)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.algorithm');
  });

  test('an algorithm that the issuer does not use is not accepted, though the key could', async () => {
    const token = signToken(issuerRsa);
    assert.equal(signatureOnly(token, issuerRsa.publicKey)['iss'], 'https://sts.example');
    assert.equal(await sallyportTrusting(token, { algorithms: ['Ed25519'] }), 'token.algorithm');
  });

  test('one key is good for one algorithm: the kid of another key does not lend it', async () => {
    const token = signToken({ ...issuerRsa, kid: 'k1' });
    assert.equal(signatureOnly(token, issuerRsa.publicKey)['iss'], 'https://sts.example');
    assert.equal(await sallyport(token), 'token.algorithm');
  });
});
