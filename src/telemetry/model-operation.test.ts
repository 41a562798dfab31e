import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { modelOperation } from './model-operation.ts';

suite('modelOperation()', () => {
  test('is told by the end of the path', () => {
    for (const [path, operation] of [
      ['/llm/v1/chat/completions', 'chat'],
      ['/v1/responses', 'chat'],
      ['/anthropic/v1/messages', 'chat'],
      ['/v1/embeddings', 'embeddings'],
      ['/v1/completions', 'text_completion'],
      ['/v1/models', '_other'],
      ['/v1/chat/completions/', '_other'],
    ] as const)
      assert.equal(modelOperation(path), operation, path);
  });
});
