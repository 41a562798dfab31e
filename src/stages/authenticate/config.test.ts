import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newSigner, keysOf, TestKeySource } from '../../capability/token.fixture.ts';
import { authenticateConfig, type JwksConfig } from './config.ts';
import { trustIssuers } from './trust-issuers.ts';

const issuer = { issuer: 'https://sts.example', jwks: { url: 'https://sts.example/jwks.json' } };

suite('authenticateConfig', () => {
  test('fills in the closed defaults', () => {
    const { issuers, cache, revocations } = authenticateConfig.parse({ issuers: [issuer] });
    assert.deepEqual(issuers, [
      {
        issuer: 'https://sts.example',
        jwks: {
          url: 'https://sts.example/jwks.json',
          allow_http: false,
          max_age_s: 600,
          last_good_s: 3600,
          timeout_ms: 3000,
        },
        algorithms: ['EdDSA', 'Ed25519', 'ES256'],
        max_lifetime_s: 300,
        leeway_s: 5,
        status_lists: 'refused',
        scope_grants: {},
      },
    ]);
    assert.deepEqual(cache, { max_tokens: 10_000, max_bytes: 32 * 1024 * 1024 });
    assert.equal(revocations, undefined);
    assert.deepEqual(authenticateConfig.parse({}).issuers, []);
  });

  for (const [what, config] of [
    ['an unknown field', { issuers: [{ ...issuer, audience: 'x' }] }],
    ['a leeway above 5 s', { issuers: [{ ...issuer, leeway_s: 6 }] }],
    ['no place for keys', { issuers: [{ ...issuer, jwks: {} }] }],
    ['two places for keys', { issuers: [{ ...issuer, jwks: { ...issuer.jwks, file: 'x' } }] }],
    ['a MAC', { issuers: [{ ...issuer, algorithms: ['HS256'] }] }],
    ['the algorithm none', { issuers: [{ ...issuer, algorithms: ['none'] }] }],
    ['no algorithm', { issuers: [{ ...issuer, algorithms: [] }] }],
    ['one issuer twice', { issuers: [issuer, issuer] }],
    ['two scopes in one name', { issuers: [{ ...issuer, scope_grants: { 'a b': {} } }] }],
    ['an unknown grant of a scope', { issuers: [{ ...issuer, scope_grants: { a: { tool: ['x'] } } }] }],
    ['revocations without a file', { revocations: {} }],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.equal(authenticateConfig.safeParse(config).success, false);
    });
  }
});

suite('trustIssuers()', () => {
  test('joins each issuer with the keys that its jwks names', async () => {
    const scopeGrants = { 'files:read': { tools: ['read_file'] } };
    const config = authenticateConfig.parse({ issuers: [{ ...issuer, scope_grants: scopeGrants, leeway_s: 1 }] });
    const keys = new TestKeySource(await keysOf([newSigner()]));
    const opened: JwksConfig[] = [];
    const trusted = await trustIssuers(config, async (jwks) => {
      opened.push(jwks);
      return keys;
    });
    assert.equal(opened[0]?.url, issuer.jwks.url);
    assert.deepEqual(trusted.get(issuer.issuer), {
      issuer: issuer.issuer,
      keys,
      algorithms: ['EdDSA', 'Ed25519', 'ES256'],
      maxLifetimeS: 300,
      leewayS: 1,
      statusLists: 'refused',
      scopeGrants: new Map([['files:read', { resource: undefined, tools: ['read_file'], prompts: [], resources: [] }]]),
    });
  });

  test('names the issuer whose keys cannot be opened', async () => {
    const config = authenticateConfig.parse({ issuers: [issuer] });
    await assert.rejects(
      trustIssuers(config, () => Promise.reject(new Error('ENOENT'))),
      /issuer https:\/\/sts\.example cannot be used: ENOENT/,
    );
  });
});
