import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../decision/facts.fixture.ts';
import { bench, sent } from './reply.fixture.ts';

const call = { operation: 'tools/call', treatment: 'tool', kind: 'request', id: 1 } as const;
const modern = { ...call, era: 'modern', revision: '2026-07-28' } as const;
const RELATED = 'io.modelcontextprotocol/related-task';

suite('task ids', () => {
  test('are sealed for their owner when a legacy task is made', () => {
    const { judgeFor, opened } = bench();
    const { task } = JSON.parse(
      sent(judgeFor(call), { id: 1, result: { task: { taskId: 't-1', status: 'working' } } }),
    ).result;
    assert.equal(task.status, 'working');
    assert.equal(opened('task', 'alice', task.taskId), 't-1');
    assert.equal(opened('task', 'bob', task.taskId), 'not-owner');
  });

  test("are sealed when a modern task is made, and a tool's own taskId is left alone", () => {
    const { judgeFor, opened } = bench();
    const made = JSON.parse(
      sent(judgeFor(modern), { id: 1, result: { resultType: 'task', taskId: 't-1', ttlMs: 5 } }),
    ).result;
    assert.equal(opened('task', 'alice', made.taskId), 't-1');
    assert.equal(made.ttlMs, 5);
    const own = JSON.stringify({ id: 1, result: { resultType: 'complete', taskId: 'mine', content: [] } });
    assert.equal(sent(judgeFor(modern), own), own);
  });

  test('have one name for one task: the one in the call, else the one given first', () => {
    const { judgeFor } = bench();
    const made = JSON.parse(sent(judgeFor(call), { id: 1, result: { task: { taskId: 't-1' } } })).result.task.taskId;
    const get = {
      ...call,
      operation: 'tasks/get',
      treatment: 'task',
      target: { kind: 'task', id: 'as-sent' },
    } as const;
    const handles = { ...facts.handles, edits: [{ path: ['params', 'taskId'], value: 't-1' }] };
    assert.equal(
      JSON.parse(sent(judgeFor(get, { handles }), { id: 1, result: { taskId: 't-1' } })).result.taskId,
      'as-sent',
    );
    const status = { method: 'notifications/tasks/status', params: { taskId: 't-1' } };
    assert.equal(JSON.parse(sent(judgeFor(call), status)).params.taskId, made);
  });

  test('are sealed in notifications, acknowledgements and related-task members', () => {
    const { judgeFor, opened } = bench();
    const open = (id: string): string => opened('task', 'alice', id);
    const judge = judgeFor({ ...modern, operation: 'subscriptions/listen', treatment: 'stream' });
    const told = JSON.parse(
      sent(judge, { method: 'notifications/tasks', params: { taskId: 't', result: { taskId: 'kept' } } }),
    );
    assert.deepEqual([open(told.params.taskId), told.params.result.taskId], ['t', 'kept']);
    const heard = JSON.parse(
      sent(judge, {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { taskIds: ['a', 'b'] } },
      }),
    );
    assert.deepEqual(heard.params.notifications.taskIds.map(open), ['a', 'b']);
    const progress = JSON.parse(
      sent(judge, {
        method: 'notifications/progress',
        params: { progress: 1, _meta: { [RELATED]: { taskId: 'c' }, x: 1 } },
      }),
    );
    assert.equal(open(progress.params._meta[RELATED].taskId), 'c');
    const asked = JSON.parse(
      sent(judge, { id: 3, method: 'elicitation/create', params: { _meta: { [RELATED]: { taskId: 'd' } } } }),
    );
    assert.equal(open(asked.params._meta[RELATED].taskId), 'd');
    const done = JSON.parse(
      sent(judgeFor(call), { id: 1, result: { content: [], _meta: { [RELATED]: { taskId: 'e' } } } }),
    );
    assert.equal(open(done.result._meta[RELATED].taskId), 'e');
  });

  test("of the client's own tasks pass as they are", () => {
    const text = JSON.stringify({ id: 3, method: 'tasks/get', params: { taskId: 'client-1' } });
    assert.equal(sent(bench().judgeFor(call), text), text);
  });

  test('of other callers are not listed', () => {
    const { judgeFor, opened } = bench();
    const bob = { identity: { kind: 'token' as const, principal: 'bob' } };
    sent(judgeFor(call), { id: 1, result: { task: { taskId: 'of-alice' } } });
    sent(judgeFor(call, bob), { id: 1, result: { task: { taskId: 'of-bob' } } });
    const listing = { ...call, operation: 'tasks/list', treatment: 'task', target: { kind: 'none' } } as const;
    const reply = {
      id: 1,
      result: {
        tasks: [{ taskId: 'of-bob' }, { taskId: 'of-alice', status: 'working' }, { taskId: 'of-nobody' }, {}],
        nextCursor: 'n',
      },
    };
    const { tasks, nextCursor } = JSON.parse(sent(judgeFor(listing), reply)).result;
    assert.deepEqual(
      tasks.map(({ taskId, status }: Record<string, string>) => [opened('task', 'alice', taskId ?? ''), status]),
      [['of-alice', 'working']],
    );
    assert.equal(nextCursor, 'n');
  });

  test('that are no strings let nothing pass', () => {
    assert.equal(
      sent(bench().judgeFor(modern), { id: 1, result: { resultType: 'task', taskId: 7 } }),
      'reject reply.unreadable',
    );
    assert.equal(
      sent(bench().judgeFor(call), '{"id":1,"result":{"task":{"taskId":"a","taskId":"b"}}}'),
      'reject reply.unreadable',
    );
  });
});

suite('request states', () => {
  const asking = {
    id: 1,
    result: {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create' } },
      requestState: 'upstream"s',
    },
  };

  test('are sealed for their owner', () => {
    const { judgeFor, opened } = bench();
    const { requestState, inputRequests } = JSON.parse(sent(judgeFor(modern), asking)).result;
    assert.equal(opened('request-state', 'alice', requestState), 'upstream"s');
    assert.equal(opened('request-state', 'bob', requestState), 'not-owner');
    assert.equal(opened('task', 'alice', requestState), 'unknown');
    assert.deepEqual(inputRequests, asking.result.inputRequests);
  });

  test('that are no strings let nothing pass', () => {
    const odd = { id: 1, result: { ...asking.result, requestState: { a: 1 } } };
    assert.equal(sent(bench().judgeFor(modern), odd), 'reject reply.unreadable');
  });
});
