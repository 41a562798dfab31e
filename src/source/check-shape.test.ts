import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { ProblemsError } from '../kit/problem.ts';
import { checkShape } from './check-shape.ts';
import { readYaml } from './yaml-source.ts';

const shape = z.strictObject({
  servers: z.record(z.string(), z.strictObject({ upstream: z.string().describe('URL of the tool server.') })),
});

suite('checkShape()', () => {
  test('returns the typed document', () => {
    const source = readYaml('a.yaml', 'servers: { files: { upstream: "http://a" } }');
    assert.deepEqual(checkShape(source, shape), { servers: { files: { upstream: 'http://a' } } });
  });

  test('names place, meaning and the nearest known field', () => {
    const source = readYaml('a.yaml', 'servers:\n  files:\n    upstream: 1\n    upstraem: http://a\n');
    assert.throws(
      () => checkShape(source, shape),
      (error) => {
        assert.ok(error instanceof ProblemsError);
        assert.deepEqual(error.message.split('\n'), [
          'a.yaml:3:15: error: servers.files.upstream: must be a text, and is a number. ' +
            'This field: URL of the tool server.',
          'a.yaml:4:5: error: servers.files.upstraem: unknown field. Did you mean "upstream"?',
        ]);
        return true;
      },
    );
  });

  for (const [text, message] of [
    ['', 'the file is empty.'],
    ['# later\n', 'nothing is written here: the file has only comments.'],
  ] as const) {
    test(`says of ${JSON.stringify(text)}: ${message}`, () => {
      assert.throws(() => checkShape(readYaml('a.yaml', text), shape), {
        message: `a.yaml:1:1: error: ${message}`,
      });
    });
  }

  const doors = z.strictObject({
    door: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a').describe('The first.'), at: z.string().describe('Where.') }),
      z.strictObject({ kind: z.literal('b').describe('The second.') }),
    ]),
    effect: z.enum(['allow', 'deny', 'limit']).default('deny'),
    most: z.int().optional(),
  });

  for (const [text, message] of [
    ['door: { kind: a }', '1:7: error: door.at: is missing: it must be a text. This field: Where.'],
    ['effect: alow\ndoor: { kind: b }', '1:9: error: effect: must be allow, deny or limit. Did you mean "allow"?'],
    ['effect: permit\ndoor: { kind: b }', '1:9: error: effect: must be allow, deny or limit.'],
    ['most: much\ndoor: { kind: b }', '1:7: error: most: must be a number, and is a text.'],
    ['door: []', '1:7: error: door: must be a section with fields, and is a list.'],
    ['door: { kind: c }', "1:15: error: door.kind: Invalid discriminator value. Expected 'a' | 'b'."],
  ] as const) {
    test(`says of ${JSON.stringify(text)} what may be written`, () => {
      assert.throws(() => checkShape(readYaml('a.yaml', text), doors), { message: `a.yaml:${message}` });
    });
  }

  test('ends a sentence once', () => {
    const asking = z.strictObject({ a: z.string().refine(() => false, { error: 'Is it this?' }) });
    assert.throws(() => checkShape(readYaml('a.yaml', 'a: b\n'), asking), {
      message: 'a.yaml:1:4: error: a: Is it this?',
    });
  });
});
