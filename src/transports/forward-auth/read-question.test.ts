import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { HeaderList } from '../../call/received.ts';
import { type Asked, readQuestion } from './read-question.ts';

const ORIGINAL: HeaderList = [
  ['x-original-method', 'GET'],
  ['x-original-uri', '/files?a=%2F'],
  ['x-original-host', 'tools.example'],
];

function asked(changes: Partial<Asked> = {}): Asked {
  return { method: 'GET', target: '/check/files', headers: [['host', 'sallyport'], ...ORIGINAL], ...changes };
}

suite('readQuestion()', () => {
  test('tells the request that is asked about, its own fields left out', () => {
    const headers: HeaderList = [['connection', 'keep-alive'], ...asked().headers, ['accept', '*/*']];
    assert.deepEqual(readQuestion(asked({ headers }), 'x_original'), {
      kind: 'question',
      server: 'files',
      method: 'GET',
      path: '/files?a=%2F',
      headers: [
        ['host', 'tools.example'],
        ['accept', '*/*'],
      ],
      body: 'withheld',
    });
  });

  test('reads the fields of Caddy and Traefik where the listener says so, and no others', () => {
    const headers: HeaderList = [
      ['x-forwarded-method', 'DELETE'],
      ['x-forwarded-uri', '/files'],
      ['x-forwarded-host', 'tools.example'],
      ...ORIGINAL,
    ];
    const question = readQuestion(asked({ headers }), 'x_forwarded');
    assert.deepEqual(question.kind === 'question' && [question.method, question.path], ['DELETE', '/files']);
    assert.equal(readQuestion(asked(), 'x_forwarded').kind, 'misasked');
  });

  for (const [name] of ORIGINAL) {
    test(`refuses a question without ${name}, and one with two`, () => {
      const without = asked().headers.filter(([field]) => field !== name);
      const twice: HeaderList = [...asked().headers, [name, 'GET']];
      for (const headers of [without, twice]) {
        assert.equal(readQuestion(asked({ headers }), 'x_original').kind, 'misasked');
      }
    });

    test(`refuses a twin of ${name} that some servers take for it`, () => {
      const headers: HeaderList = [...asked().headers, [name.replace('-', '_'), 'GET']];
      const question = readQuestion(asked({ headers }), 'x_original');
      assert.equal(question.kind === 'misasked' && question.reason, 'http.header-invalid');
    });
  }

  for (const target of [
    '/check',
    '/check/',
    '/check/files/',
    '/check/files?x',
    '/check/FILES',
    '//check/files',
    '/files',
  ]) {
    test(`knows no server in ${target}`, () => {
      assert.equal(readQuestion(asked({ target }), 'x_original').kind, 'misasked');
    });
  }

  test('takes a body only from a POST that says it is whole', () => {
    const declared: HeaderList = [...asked().headers, ['sallyport-body', 'whole']];
    const question = readQuestion(asked({ method: 'POST', headers: declared }), 'x_original');
    assert.equal(question.kind === 'question' && question.body, 'shown');
    const twice: HeaderList = [...declared, ['sallyport-body', 'whole']];
    const part: HeaderList = [...asked().headers, ['sallyport-body', 'part']];
    for (const changes of [
      { method: 'POST' },
      { method: 'POST', headers: part },
      { method: 'POST', headers: twice },
      { method: 'GET', headers: declared },
      { method: 'HEAD' },
      { method: 'PUT', headers: declared },
    ]) {
      assert.equal(readQuestion(asked(changes), 'x_original').kind, 'misasked');
    }
  });

  test('never throws, and passes no field of its own on', () => {
    const field = fc.constantFrom(
      'x-original-uri',
      'x-forwarded-host',
      'sallyport-body',
      'content-length',
      'accept',
      'a_b',
    );
    const headers = fc.array(fc.tuple(field, fc.string()));
    fc.assert(
      fc.property(fc.string(), fc.string(), headers, (method, target, given) => {
        const question = readQuestion({ method, target, headers: [...ORIGINAL, ...given] }, 'x_original');
        const names = question.kind === 'question' ? question.headers.slice(1).map(([name]) => name) : [];
        assert.deepEqual(
          names.filter((name) => name !== 'accept' && name !== 'a_b'),
          [],
        );
      }),
    );
  });
});
