import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { anonymousPrincipal, type PrincipalParts, principalText } from './principal-text.ts';

const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '[', ']', '\\', 'n'), minLength: 1, maxLength: 4 });
const parts = fc.record(
  {
    issuer: text,
    subject: text,
    actor: fc.record({ issuer: text, subject: text }, { requiredKeys: ['subject'] }),
    spiffeId: text,
  },
  { requiredKeys: ['issuer', 'subject'] },
);

suite('principalText()', () => {
  test('never names two callers alike', () => {
    fc.assert(
      fc.property(parts, parts, (one: PrincipalParts, other: PrincipalParts) => {
        const same = JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
        assert.equal(principalText(one) === principalText(other), same);
      }),
    );
  });

  test('never looks like a caller without token', () => {
    fc.assert(
      fc.property(parts, (one) => {
        assert.notEqual(principalText(one), anonymousPrincipal(undefined));
        assert.doesNotMatch(principalText(one), /^spiffe:/);
      }),
    );
  });
});

function ordered({ issuer, subject, actor, spiffeId }: PrincipalParts): unknown {
  return { issuer, subject, actor: actor && { issuer: actor.issuer, subject: actor.subject }, spiffeId };
}
