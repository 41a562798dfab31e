import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { jwkOf, signToken } from '../../src/capability/token.fixture.ts';
import { fetchesKeysFrom, readsKeyFromPath, usesEmbeddedCertificate, usesEmbeddedKey } from './naive-verifier.ts';
import { SELF_SIGNED_DER } from '../../src/capability/self-signed.fixture.ts';
import { attackerKey, certifiedKey, macToken, sallyport } from './token-attack.ts';

const admin = { sub: 'user:admin' };

suite('token attack: the token brings its own key', () => {
  let server: Server;
  let port = 0;
  const asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify({ keys: [jwkOf(attackerKey)] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    port = address.port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test('in the header (jwk)', async () => {
    const forged = signToken(attackerKey, admin, { jwk: attackerKey.publicKey.export({ format: 'jwk' }) });
    assert.equal(usesEmbeddedKey(forged)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.header');
  });

  test('in a certificate in the header (x5c)', async () => {
    const forged = signToken(certifiedKey, admin, { x5c: [SELF_SIGNED_DER] });
    assert.equal(usesEmbeddedCertificate(forged)['sub'], 'user:admin');
    assert.equal(await sallyport(forged), 'token.header');
  });

  for (const member of ['jku', 'x5u']) {
    for (const host of ['127.0.0.1', 'localhost']) {
      test(`at an address in the header (${member} to ${host}), which is not even asked`, async () => {
        const forged = signToken(attackerKey, admin, { [member]: `http://${host}:${port}/keys` });
        const believed = await fetchesKeysFrom(forged, ({ header }) => String(header[member]));
        assert.equal(believed['sub'], 'user:admin');
        asked.length = 0;
        assert.equal(await sallyport(forged), 'token.header');
        assert.deepEqual(asked, []);
      });
    }
  }

  test('at the metadata of its own issuer, which is not asked either', async () => {
    const forged = signToken(attackerKey, { ...admin, iss: `http://127.0.0.1:${port}` });
    const believed = await fetchesKeysFrom(forged, ({ claims }) => `${String(claims['iss'])}/jwks.json`);
    assert.equal(believed['sub'], 'user:admin');
    asked.length = 0;
    assert.equal(await sallyport(forged), 'token.issuer');
    assert.deepEqual(asked, []);
  });

  test('in a file that kid names', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-kid-'));
    try {
      mkdirSync(join(directory, 'keys'));
      writeFileSync(join(directory, 'motd'), 'known content');
      const forged = macToken('known content', { kid: '../motd' }, admin);
      assert.equal(readsKeyFromPath(forged, join(directory, 'keys'))['sub'], 'user:admin');
      assert.equal(await sallyport(forged), 'token.algorithm');
      assert.equal(await sallyport(signToken(attackerKey, admin, { kid: '../motd' })), 'token.key-unknown');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  for (const kid of [
    '../../etc/passwd',
    "k1' OR '1'='1",
    'https://evil.example/key',
    '__proto__',
    'constructor',
    ' k1',
    'K1',
  ]) {
    test(`kid ${JSON.stringify(kid)} is looked up and found nowhere`, async () => {
      assert.equal(await sallyport(signToken(attackerKey, admin, { kid })), 'token.key-unknown');
    });
  }

  test('under the kid of the issuer', async () => {
    assert.equal(await sallyport(signToken(attackerKey, admin)), 'token.signature');
  });
});
