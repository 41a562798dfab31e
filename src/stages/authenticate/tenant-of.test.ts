import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { authenticateConfig } from './config.ts';
import { tenantReader } from './tenant-of.ts';

const jwks = { file: 'jwks.json' };
const tenantOf = tenantReader(
  authenticateConfig.parse({
    issuers: [
      { issuer: 'https://one', jwks },
      { issuer: 'https://two', jwks, tenant: { name: 'acme' } },
      { issuer: 'https://three', jwks, tenant: { claim: 'org' } },
    ],
  }),
);

suite('tenantReader()', () => {
  test('says nothing for an issuer that says nothing', () => {
    assert.deepEqual(tenantOf('https://one', new Map([['org', 'x']])), { kind: 'found', tenant: undefined });
  });

  test('reads the name or the claim', () => {
    assert.deepEqual(tenantOf('https://two', new Map()), { kind: 'found', tenant: 'acme' });
    assert.deepEqual(tenantOf('https://three', new Map([['org', 'x']])), { kind: 'found', tenant: 'x' });
  });

  for (const [what, value] of [
    ['is not there', undefined],
    ['is empty', ''],
    ['is no text', 7],
    ['is very long', 'x'.repeat(257)],
    ['names an issuer, whose callers are a tenant of their own', 'https://one'],
  ] as const) {
    test(`finds no tenant where the claim ${what}`, () => {
      const claims = new Map(value === undefined ? [] : [['org', value]]);
      assert.deepEqual(tenantOf('https://three', claims), { kind: 'missing' });
    });
  }
});
