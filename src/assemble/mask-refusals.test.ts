import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { FieldClasses } from '../call/field-classes.ts';
import { deny, type Found, found } from '../decision/verdict.ts';
import { fromPlain, isJsonObject } from '../kit/json.ts';
import { maskRefusals } from './mask-refusals.ts';

const classes = FieldClasses.of({
  declared: [
    { path: ['email'], class: 'pii' },
    { path: ['login', 'password'], class: 'secret' },
  ],
});

function call(plain: object): Parameters<typeof maskRefusals>[0] {
  const args = fromPlain({ ...plain });
  assert.ok(isJsonObject(args));
  return { args, classes };
}

suite('maskRefusals()', () => {
  test('lets pass what was found, and refusals that are about plain arguments', () => {
    const fine = found(1);
    assert.equal(
      maskRefusals(call({ email: 'a' }), () => fine),
      fine,
    );
    const detail = { argument: '/path', message: 'The argument /path must be short.', allowed: 'at most 3 characters' };
    const refused = deny('policy', 'policy.arguments', detail);
    assert.deepEqual(
      maskRefusals(call({ email: 'a' }), () => refused),
      refused,
    );
  });

  test('tells of a masked argument which it is and nothing else', () => {
    const detail = { rule: 'r', argument: '/login/password/0', message: 'is "hunter2"', allowed: '"hunter2"' };
    const answer = maskRefusals(call({ email: 'a' }), () => deny('policy', 'policy.arguments', detail));
    assert.equal(answer.kind, 'deny');
    const message = 'The argument /login/password is not accepted. It is secret, so it is not told why.';
    assert.deepEqual(answer.detail, { rule: 'r', argument: '/login/password', message });
  });

  test('withholds what a rule that failed or a check that threw could quote', () => {
    const failed = (): Found<never> => ({
      kind: 'fault',
      stage: 'policy',
      reason: 'policy.error',
      detail: {},
      operatorDetail: 'rule notes: when: "a@b" is no path',
    });
    const answer = maskRefusals(call({ email: 'a@b' }), failed);
    assert.ok(answer.kind === 'fault');
    assert.match(answer.operatorDetail ?? '', /^rule notes: What went wrong is not told/);
    const thrown = (): never => {
      throw new TypeError('cannot read a@b');
    };
    assert.throws(() => maskRefusals(call({ email: 'a@b' }), thrown), /^TypeError: What went wrong is not told/);
    assert.throws(() => maskRefusals(call({ path: '/a' }), thrown), /cannot read a@b/);
  });

  test('shows no value of a masked argument, whatever the message and the place below it are', () => {
    const value = fc.string({ minLength: 8, maxLength: 12 }).map((text) => `hidden ${text}`);
    const place = fc.constantFrom('/email', '/login/password', '/login');
    fc.assert(
      fc.property(value, place, fc.boolean(), (text, at, below) => {
        const argument = below && at !== '/login' ? `${at}/${text}` : at;
        const detail = { argument, message: `is ${text}`, allowed: text };
        const answer = maskRefusals(call({ email: text }), () => deny('tool', 'tool.arguments', detail));
        assert.ok(!JSON.stringify(answer).includes('hidden'));
      }),
    );
  });
});
