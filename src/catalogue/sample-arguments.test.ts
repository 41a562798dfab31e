import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toPlain } from '../kit/json.ts';
import { pinned } from './catalogue.fixture.ts';
import { sampleArguments } from './sample-arguments.ts';

function sample(inputSchema: object): unknown {
  const found = sampleArguments(pinned({ name: 'a', inputSchema }));
  return found === undefined ? undefined : JSON.parse(JSON.stringify(toPlain(found)));
}

suite('sampleArguments()', () => {
  test('makes up what is required, and only that', () => {
    const properties = {
      path: { type: 'string' },
      mode: { enum: ['fast', 'slow'] },
      count: { type: 'integer', minimum: 3 },
      where: { type: 'object', properties: { x: { type: 'boolean' } }, required: ['x'] },
      list: { type: 'array', items: { type: 'string', minLength: 6 }, minItems: 2 },
      optional: { type: 'string' },
    };
    const required = ['path', 'mode', 'count', 'where', 'list'];
    assert.deepEqual(sample({ type: 'object', properties, required }), {
      path: 'text',
      mode: 'fast',
      count: 3,
      where: { x: false },
      list: ['textxx', 'textxx'],
    });
  });

  test('gives nothing rather than something the tool would refuse', () => {
    assert.equal(
      sample({ type: 'object', properties: { a: { type: 'string', pattern: '^\\d{4}$' } }, required: ['a'] }),
      undefined,
    );
    assert.equal(sample({ type: 'array' }), undefined);
  });

  test('ends for a schema that refers to itself', () => {
    const schema = { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] };
    assert.equal(sample(schema), undefined);
  });
});
