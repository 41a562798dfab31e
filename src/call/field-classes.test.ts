import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain, isJsonObject, type JsonObject } from '../kit/json.ts';
import { type FieldClass, FieldClasses, type FieldClassesOptions } from './field-classes.ts';
import { isSecretName } from './secret-name.ts';

const at = (pointer: string, each: FieldClass) => ({ path: pointer.split('/').slice(1), class: each });
const classesOf = (options: FieldClassesOptions): FieldClasses => {
  const classes = FieldClasses.of(options);
  assert.ok(classes !== undefined);
  return classes;
};
const object = (plain: object): JsonObject => {
  const value = fromPlain(plain);
  assert.ok(isJsonObject(value));
  return value;
};

suite('FieldClasses.of()', () => {
  test('is nothing where all arguments are plain', () => {
    assert.equal(FieldClasses.of({}), undefined);
    assert.equal(FieldClasses.of({ declared: [at('/path', 'plain')] }), undefined);
  });
});

suite('classAt()', () => {
  const classes = classesOf({
    declared: [
      at('/contact', 'pii'),
      at('/contact/city', 'plain'),
      at('/contact/key', 'secret'),
      at('/people/*/name', 'pii'),
      at('/headers', 'plain'),
      at('/headers/cookie', 'plain'),
    ],
    stricter: [
      { path: ['contact', 'city', 'zip'], class: 'pii' },
      { path: ['note'], class: 'pii' },
    ],
    open: [['headers']],
  });
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['/path', undefined],
    ['/contact/street', 'pii'],
    ['/contact/city', 'pii'],
    ['/contact/city/name', undefined],
    ['/contact/city/zip', 'pii'],
    ['/contact/key', 'secret'],
    ['/contact/key/part', 'secret'],
    ['/contact', 'secret'],
    ['', 'secret'],
    ['/people', 'pii'],
    ['/people/0', 'pii'],
    ['/people/0/name', 'pii'],
    ['/people/0/age', undefined],
    ['/note', 'pii'],
    ['/headers/accept', undefined],
    ['/headers/x-api-key', 'secret'],
    ['/headers/cookie', undefined],
  ];
  for (const [pointer, expected] of cases) {
    test(`says ${expected ?? 'plain'} of ${pointer === '' ? 'all arguments' : pointer}`, () => {
      assert.equal(classes.classAt(pointer), expected);
    });
  }

  test('looks at the names in a value where a schema leaves them open', () => {
    assert.equal(classes.classAt('/headers', object({ accept: 'a' })), undefined);
    assert.equal(classes.classAt('/headers', object({ more: [{ 'X-Auth-Token': 'a' }] })), 'secret');
  });

  test('is never laxer for rules that make it stricter', () => {
    const step = fc.constantFrom('a', 'b', '*');
    const path = fc.array(step, { minLength: 1, maxLength: 3 });
    const declared = fc.array(fc.record({ path, class: fc.constantFrom('secret', 'pii', 'plain') }), { maxLength: 4 });
    const stricter = fc.array(fc.record({ path, class: fc.constantFrom('secret', 'pii') }), { maxLength: 4 });
    const asked = fc.array(fc.constantFrom('a', 'b', '0'), { maxLength: 4 });
    const ranks = ['', 'pii', 'secret'];
    fc.assert(
      fc.property(declared, stricter, asked, (one, more, steps) => {
        const pointer = steps.map((each) => `/${each}`).join('');
        const before = FieldClasses.of({ declared: one })?.classAt(pointer) ?? '';
        const after = FieldClasses.of({ declared: one, stricter: more })?.classAt(pointer) ?? '';
        assert.ok(ranks.indexOf(after) >= ranks.indexOf(before));
      }),
    );
  });
});

suite('isAmong()', () => {
  const classes = classesOf({ declared: [at('/people/*/name', 'pii'), at('/key', 'secret')], open: [['headers']] });
  test('finds what is not plain, whatever its value is', () => {
    assert.ok(classes.isAmong(object({ key: null })));
    assert.ok(classes.isAmong(object({ people: [{ age: 1 }, { name: '' }] })));
    assert.ok(classes.isAmong(object({ headers: { cookie: '' } })));
  });

  test('finds nothing where everything that is there is plain', () => {
    assert.ok(!classes.isAmong(object({ people: [{ age: 1 }], headers: { accept: '' }, path: '/a' })));
  });
});

suite('shown()', () => {
  const classes = classesOf({
    declared: [at('/by_mail/*', 'pii'), at('/contact', 'pii'), at('/people/*/name', 'pii')],
  });
  test('ends at the first name that the caller chose within what is not plain', () => {
    assert.equal(classes.shown('/contact/alice@example.com'), '/contact');
    assert.equal(classes.shown('/by_mail/alice@example.com/x'), '/by_mail');
    assert.equal(classes.shown('/people/12/name'), '/people/12/name');
    assert.equal(classes.shown('/path'), '/path');
  });
});

suite('isSecretName()', () => {
  test('knows what holds a secret by how it is called', () => {
    const secret = [
      'password',
      'newPassword',
      'api_key',
      'X-Api-Key',
      'clientSecret',
      'token',
      'refresh_token',
      'Authorization',
    ];
    assert.deepEqual(
      secret.filter((name) => !isSecretName(name)),
      [],
    );
  });

  test('takes nothing else for one', () => {
    const plain = [
      'path',
      'pwd',
      'max_tokens',
      'next_page_token',
      'password_length',
      'key',
      'tokenizer',
      'secretary',
      'p'.repeat(200),
    ];
    assert.deepEqual(plain.filter(isSecretName), []);
  });
});

suite('withoutSecrets()', () => {
  const classes = classesOf({
    declared: [at('/login', 'secret'), at('/login/name', 'plain'), at('/people/*/pin', 'secret'), at('/mail', 'pii')],
    open: [['headers']],
  });

  test('leaves out secrets and nothing else', () => {
    const args = object({
      login: { name: 'ann', password: 'x' },
      people: [{ pin: 1234, name: 'bo' }],
      mail: 'a@b.example',
      headers: { 'x-api-key': 'k', 'accept': 'text/plain' },
    });
    assert.deepEqual(
      classes.withoutSecrets(args, '-'),
      fromPlain({
        login: '-',
        people: [{ pin: '-', name: 'bo' }],
        mail: 'a@b.example',
        headers: { 'x-api-key': '-', 'accept': 'text/plain' },
      }),
    );
  });

  test('gives back the same arguments where there is none, and nothing where all is secret', () => {
    const args = object({ mail: 'a@b.example', people: [{ name: 'bo' }] });
    assert.equal(classes.withoutSecrets(args, '-'), args);
    assert.equal(classesOf({ declared: [{ path: [], class: 'secret' }] }).withoutSecrets(args, '-'), '-');
  });
});
