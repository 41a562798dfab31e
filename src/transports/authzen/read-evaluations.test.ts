import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain } from '../../kit/json.ts';
import { QUESTION } from './authzen.fixture.ts';
import { readEvaluation, readEvaluations } from './read-evaluations.ts';

function read(body: unknown) {
  return readEvaluations(fromPlain(body), 3);
}

function resourceNamed(id: string) {
  return { type: 'tool', id, properties: { server: 'files' } };
}

suite('readEvaluation()', () => {
  test('reads the four entities, and ignores what it does not know', () => {
    const evaluations = readEvaluation(
      fromPlain({ ...QUESTION, foo: [1], subject: { ...QUESTION.subject, properties: {} } }),
    );
    assert.deepEqual(evaluations, {
      kind: 'one',
      evaluation: {
        subject: { type: 'user', id: 'user:alice' },
        action: 'tools/call',
        resource: { type: 'tool', id: 'read_file' },
        server: 'files',
        args: new Map([['path', '/a']]),
      },
    });
  });

  for (const [what, body] of [
    ['no subject', { ...QUESTION, subject: undefined }],
    ['a subject without type', { ...QUESTION, subject: { id: 'user:alice' } }],
    ['a subject whose id is no text', { ...QUESTION, subject: { type: 'user', id: 7 } }],
    ['no action', { ...QUESTION, action: undefined }],
    ['an action without name', { ...QUESTION, action: {} }],
    ['no resource', { ...QUESTION, resource: undefined }],
    ['a resource without id', { ...QUESTION, resource: { type: 'tool', properties: { server: 'files' } } }],
    ['a resource of no server', { ...QUESTION, resource: { type: 'tool', id: 'a' } }],
    ['a context that is a list', { ...QUESTION, context: [] }],
    ['arguments that are a text', { ...QUESTION, context: { arguments: '{}' } }],
    ['a list', [QUESTION]],
    ['null', null],
  ] as const) {
    test(`takes ${what} for a bad request`, () => {
      assert.equal(readEvaluation(fromPlain(JSON.parse(JSON.stringify(body)))).kind, 'bad');
    });
  }

  test('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => ['one', 'bad'].includes(readEvaluation(fromPlain(body)).kind)));
  });
});

suite('readEvaluations()', () => {
  test('fills absent members of an item from those of the body, whole', () => {
    const evaluations = read({
      ...QUESTION,
      evaluations: [{}, { resource: resourceNamed('write_file') }, { action: { name: 'prompts/get' }, context: {} }],
    });
    assert.deepEqual(
      evaluations.kind === 'several' &&
        evaluations.evaluations.map(({ action, resource, args }) => [action, resource.id, args?.size]),
      [
        ['tools/call', 'read_file', 1],
        ['tools/call', 'write_file', 1],
        ['prompts/get', 'read_file', undefined],
      ],
    );
  });

  test('needs no members of the body when every item has its own', () => {
    assert.equal(read({ evaluations: [QUESTION] }).kind, 'several');
    assert.equal(read({ evaluations: [QUESTION, { ...QUESTION, subject: null }] }).kind, 'bad');
  });

  test('reads a body without evaluations as one evaluation', () => {
    assert.equal(read(QUESTION).kind, 'one');
    assert.equal(read({ ...QUESTION, evaluations: [] }).kind, 'one');
  });

  test('knows the three semantics, of which execute_all is the default', () => {
    const semanticOf = (options: unknown) => {
      const evaluations = read({ evaluations: [QUESTION], ...(options === undefined ? {} : { options }) });
      return evaluations.kind === 'several' && evaluations.semantic;
    };
    assert.equal(semanticOf(undefined), 'execute_all');
    assert.equal(semanticOf({ another: 1 }), 'execute_all');
    assert.equal(semanticOf({ evaluations_semantic: 'deny_on_first_deny' }), 'deny_on_first_deny');
    assert.equal(semanticOf({ evaluations_semantic: 'permit_on_first_permit' }), 'permit_on_first_permit');
    assert.equal(semanticOf({ evaluations_semantic: 'permit_all' }), false);
    assert.equal(semanticOf([]), false);
  });

  test('takes no more than it is told, and only objects', () => {
    assert.equal(read({ evaluations: [QUESTION, QUESTION, QUESTION] }).kind, 'several');
    assert.equal(read({ evaluations: [QUESTION, QUESTION, QUESTION, QUESTION] }).kind, 'bad');
    assert.equal(read({ ...QUESTION, evaluations: [[]] }).kind, 'bad');
    assert.equal(read({ ...QUESTION, evaluations: {} }).kind, 'bad');
  });
});
