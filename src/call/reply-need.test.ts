import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EMPTY_OBJECT } from '../kit/json.ts';
import { replyNeed } from './reply-need.ts';
import { CLIENT_NOTIFICATIONS, HTTP_OPERATIONS, type Operation, REQUEST_METHODS, type Treatment } from './treatment.ts';

const TREATMENTS: Readonly<Record<string, Treatment>> = {
  ...REQUEST_METHODS,
  ...CLIENT_NOTIFICATIONS,
  ...HTTP_OPERATIONS,
};

suite('replyNeed()', () => {
  test('is said for each method that exists', () => {
    const needs = Object.entries(TREATMENTS).map(([operation, treatment]) => [
      operation,
      replyNeed({ operation: operation as Operation, treatment, params: EMPTY_OBJECT }),
    ]);
    assert.deepEqual(
      needs.filter(([, need]) => need !== undefined),
      [
        ['initialize', 'sessions'],
        ['tools/list', 'lists'],
        ['prompts/list', 'lists'],
        ['resources/list', 'lists'],
        ['resources/templates/list', 'lists'],
        ['subscriptions/listen', 'streams'],
        ['tasks/list', 'tasks'],
        ['tasks/get', 'tasks'],
        ['tasks/result', 'tasks'],
        ['tasks/update', 'tasks'],
        ['tasks/cancel', 'tasks'],
        ['http/get-stream', 'streams'],
        ['http/delete-session', 'sessions'],
      ],
    );
  });
});
