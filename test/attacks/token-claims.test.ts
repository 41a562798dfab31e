import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ISSUER, NOW_MS, PLAIN, signToken } from '../../src/capability/token.fixture.ts';
import { checksAudienceIfPresent, checksEndIfNumber, comparesTypeLoosely, signatureOnly } from './naive-verifier.ts';
import { issuerKey, sallyport } from './token-attack.ts';
import { SELF_SIGNED_SHA256 } from '../../src/capability/self-signed.fixture.ts';

const NOW_S = NOW_MS / 1000;
const { publicKey } = issuerKey;

suite('token attack: a real signature on the wrong token', () => {
  for (const typ of ['JWT', 'id+jwt', 'logout+jwt', 'dpop+jwt', 'cap+jwt', 'secevent+jwt', 'application/jwt']) {
    test(`a ${typ} of the same issuer taken for an access token`, async () => {
      const token = signToken(issuerKey, {}, { typ });
      assert.equal(comparesTypeLoosely(token, publicKey)['iss'], ISSUER);
      assert.equal(await sallyport(token), 'token.type');
    });
  }

  for (const typ of [
    'at+jwt ',
    ' at+jwt',
    'at+jwt; v=1',
    'application/at+jwt; v=1',
    'x/at+jwt',
    '/at+jwt',
    'application//at+jwt',
    'at+jwtx',
    'application/application/at+jwt',
  ]) {
    test(`the type ${JSON.stringify(typ)}, which only nearly is one`, async () => {
      const token = signToken(issuerKey, {}, { typ });
      assert.equal(comparesTypeLoosely(token, publicKey)['iss'], ISSUER);
      assert.equal(await sallyport(token), 'token.type');
    });
  }

  for (const [what, aud, reason] of [
    ['no audience', undefined, 'token.claims'],
    ['ours among other audiences', [PLAIN.resource, 'https://tools.example/mcp/mail'], 'token.claims'],
    ['ours twice', [PLAIN.resource, PLAIN.resource], 'token.claims'],
  ] as const) {
    test(`a token with ${what}`, async () => {
      const token = signToken(issuerKey, { aud });
      assert.equal(checksAudienceIfPresent(token, publicKey, PLAIN.resource)['iss'], ISSUER);
      assert.equal(await sallyport(token), reason);
    });
  }

  for (const aud of [
    'https://tools.example/mcp/mail',
    'https://tools.example/mcp/files/',
    'https://TOOLS.example/mcp/files',
    'https://tools.example/mcp',
    'https://tools.example:443/mcp/files',
    `${PLAIN.resource}#x`,
  ]) {
    test(`a token for ${aud}`, async () => {
      const token = signToken(issuerKey, { aud });
      assert.equal(signatureOnly(token, publicKey)['aud'], aud);
      assert.equal(await sallyport(token), 'token.audience');
    });
  }

  for (const [what, claims, reason] of [
    ['no end', { exp: undefined }, 'token.claims'],
    ['an end in text', { exp: '0' }, 'token.claims'],
    ['an end in a list', { exp: [0] }, 'token.claims'],
    ['an end in milliseconds', { exp: NOW_MS + 60_000 }, 'token.claims'],
    ['a century to live', { exp: NOW_S + 3_000_000_000 }, 'token.lifetime'],
    ['a beginning in the future', { iat: NOW_S + 6, exp: NOW_S + 300 }, 'token.not-yet-valid'],
  ] as const) {
    test(`a token with ${what}`, async () => {
      const token = signToken(issuerKey, claims);
      assert.equal(checksEndIfNumber(token, publicKey, NOW_S)['iss'], ISSUER);
      assert.equal(await sallyport(token), reason);
    });
  }

  test('a token that may stand on a status list by now', async () => {
    const token = signToken(issuerKey, { status: { status_list: { idx: 412, uri: 'https://sts.example/sl/7' } } });
    assert.equal(checksEndIfNumber(token, publicKey, NOW_S)['iss'], ISSUER);
    assert.equal(await sallyport(token), 'token.status-unchecked');
  });

  test('a token that is over', async () => {
    const token = signToken(issuerKey, { iat: NOW_S - 310, exp: NOW_S - 10 });
    assert.equal(signatureOnly(token, publicKey)['iss'], ISSUER);
    assert.equal(await sallyport(token), 'token.expired');
  });

  test('a critical extension that would have restricted the token', async () => {
    const token = signToken(issuerKey, {}, { crit: ['one-time'], 'one-time': true });
    assert.equal(signatureOnly(token, publicKey)['iss'], ISSUER);
    assert.equal(await sallyport(token), 'token.critical');
  });

  for (const [what, cnf] of [
    ['a certificate', { 'x5t#S256': SELF_SIGNED_SHA256 }],
    ['a key', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } }],
    ['the thumbprint of a key', { jkt: 'AA' }],
    ['something new', { 'urn:example:tpm': 'AA' }],
  ] as const) {
    test(`a token that is bound to ${what}, stolen and sent as a bearer token`, async () => {
      const token = signToken(issuerKey, { cnf });
      assert.equal(signatureOnly(token, publicKey)['iss'], ISSUER);
      assert.equal(await sallyport(token), 'token.proof-missing');
    });
  }

  test('a token that is bound to a certificate, sent over a connection with another one', async () => {
    const token = signToken(issuerKey, { cnf: { 'x5t#S256': SELF_SIGNED_SHA256 } });
    assert.equal(await sallyport(token, { ...PLAIN, certificateSha256: 'A'.repeat(43) }), 'token.proof-missing');
    assert.equal(await sallyport(token, { ...PLAIN, certificateSha256: SELF_SIGNED_SHA256 }), 'verified');
  });

  test('a derived token, which its holder signed, taken for one of the issuer', async () => {
    const token = signToken(issuerKey, { del_depth: 1, par_hash: 'AA' });
    assert.equal(signatureOnly(token, publicKey)['iss'], ISSUER);
    assert.equal(await sallyport(token), 'token.claims');
  });

  for (const [what, grant] of [
    ['a budget of what is not counted', { limits: { tokens: 20 } }],
    ['a proof per request', { proof: 'request+args' }],
    ['a restriction that is not known', { only_on: 'monday' }],
  ] as const) {
    test(`a grant with ${what} that nobody would enforce`, async () => {
      const detail = {
        type: 'https://sallyport.dev/rar/tool-call/1',
        locations: [PLAIN.resource],
        actions: ['tools/call'],
        tools: { pay: { extra_args: 'allow', ...grant } },
      };
      const token = signToken(issuerKey, { authorization_details: [detail] });
      assert.equal(signatureOnly(token, publicKey)['iss'], ISSUER);
      assert.equal(await sallyport(token), 'token.grant-malformed');
    });
  }
});
