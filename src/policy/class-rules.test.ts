import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ProblemsError } from '../kit/problem.ts';
import { argumentClassesOf } from './argument-classes.ts';
import { catalogue, catalogueOfTools } from './catalogue.fixture.ts';
import { policiesOf } from './policies.fixture.ts';

function compiled(classes: string) {
  return policiesOf('  []', `classes:\n  - ${classes}\n`);
}

function problemsOf(classes: string): string {
  try {
    compiled(classes);
  } catch (error) {
    assert.ok(error instanceof ProblemsError);
    return error.message;
  }
  return '';
}

suite('classes of a policy file', () => {
  test('make arguments of the tools that they name stricter, and of no others', () => {
    const { classes } = compiled('{ match: { server: bank, tool: pa* }, fields: { /to: pii } }');
    const of = argumentClassesOf(catalogue, classes);
    assert.equal(of('bank', { kind: 'tool', name: 'pay' })?.classAt('/to'), 'pii');
    assert.equal(of('bank', { kind: 'tool', name: 'pay' })?.classAt('/amount'), undefined);
    assert.equal(of('files', { kind: 'tool', name: 'read_file' }), undefined);
  });

  test('are for prompts, too, whose arguments are otherwise known by their names', () => {
    const { classes } = compiled('{ match: { prompt: greet }, fields: { /name: pii } }');
    const of = argumentClassesOf(catalogue, classes);
    const greet = of('files', { kind: 'prompt', name: 'greet' });
    assert.deepEqual(
      ['/name', '/token', '/tone'].map((at) => greet?.classAt(at)),
      ['pii', 'secret', undefined],
    );
    assert.equal(of('files', { kind: 'prompt', name: 'other' })?.classAt('/name'), undefined);
  });

  test('leave nothing of a tool that nobody pinned', () => {
    assert.equal(argumentClassesOf(catalogue, [])('files', { kind: 'tool', name: 'unknown' })?.classAt('/x'), 'secret');
  });

  test('cannot make what a pin says laxer', () => {
    const pinned = catalogueOfTools({
      files: { login: { inputSchema: { type: 'object', properties: { password: {} } } } },
    });
    const { classes } = policiesOf(
      '  []',
      'classes:\n  - { match: { tool: login }, fields: { /password: pii } }\n',
      pinned,
    );
    const login = argumentClassesOf(pinned, classes)('files', { kind: 'tool', name: 'login' });
    assert.equal(login?.classAt('/password'), 'secret');
    assert.match(problemsOf('{ match: { tool: pay }, fields: { /to: plain } }'), /only stricter/);
  });

  for (const [what, written, says] of [
    ['a server', '{ match: { server: bnk, tool: pay }, fields: { /to: pii } }', /no server is called so.*"bank"/s],
    ['a tool', '{ match: { server: bank, tool: pya }, fields: { /to: pii } }', /no pinned tool is called so/],
    [
      'an argument',
      '{ match: { server: bank, tool: pay }, fields: { /amuont: pii } }',
      /no such argument.*"\/amount"/s,
    ],
    ['both a tool and a prompt', '{ match: { tool: pay, prompt: x }, fields: {} }', /one of tool and prompt/],
    ['no pointer', '{ match: { tool: pay }, fields: { to: pii } }', /classes\.0\.fields\.to/],
  ] as const) {
    test(`are an error where they name ${what} that cannot be`, () => assert.match(problemsOf(written), says));
  }
});
