import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { objectOf } from './catalogue.fixture.ts';
import { fits, ruleMatchOf } from './rule-match.ts';

const call = { method: 'tools/call', principal: objectOf({ id: 'x', kind: 'token' }), effects: ['read'] };

function fitsPrincipal(named: string | string[], principal: Record<string, string>): boolean {
  return fits(ruleMatchOf({ principal: named }), { ...call, principal: objectOf(principal) });
}

suite('fits()', () => {
  test('needs every part that is there', () => {
    assert.equal(fits(ruleMatchOf({ method: 'tools/*', effects: ['read', 'write'] }), call), true);
    assert.equal(fits(ruleMatchOf({ method: 'tools/list', effects: ['read'] }), call), false);
    assert.equal(fits(ruleMatchOf({ method: 'tools/*', effects: 'write' }), call), false);
  });

  test('compares spiffe://… with the certificate only, whatever the issuer wrote into sub', () => {
    const named = ['spiffe://acme/agent/*', 'spiffe://acme/ops'];
    assert.equal(fitsPrincipal(named, { kind: 'token', spiffe: 'spiffe://acme/agent/report' }), true);
    assert.equal(fitsPrincipal(named, { kind: 'token', subject: 'spiffe://acme/ops' }), false);
    assert.equal(fitsPrincipal(named, { kind: 'token', spiffe: 'spiffe://acme/agents' }), false);
  });

  test('compares other names with sub, and never with a caller that has no token', () => {
    assert.equal(fitsPrincipal('user:alice', { kind: 'token', subject: 'user:alice' }), true);
    assert.equal(fitsPrincipal('user:alice', { kind: 'anonymous', subject: 'user:alice' }), false);
  });

  test('means callers without a token by anonymous, and nobody who calls himself so', () => {
    assert.equal(fitsPrincipal('anonymous', { kind: 'anonymous' }), true);
    assert.equal(fitsPrincipal('anonymous', { kind: 'token', subject: 'anonymous' }), false);
  });

  test('means everybody by *', () => {
    assert.equal(fitsPrincipal('*', { kind: 'token', subject: 'spiffe://odd' }), true);
    assert.equal(fitsPrincipal('*', { kind: 'anonymous' }), true);
  });
});
