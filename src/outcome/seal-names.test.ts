import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { json } from '../catalogue/catalogue.fixture.ts';
import { facts } from '../decision/facts.fixture.ts';
import { bench, sent } from './reply.fixture.ts';

const call = { operation: 'tools/call', treatment: 'tool', kind: 'request', id: 1 } as const;
const modern = { ...call, era: 'modern', revision: '2026-07-28' } as const;
const stream = { ...modern, operation: 'subscriptions/listen', treatment: 'stream' } as const;
const bob = { identity: { kind: 'token' as const, principal: 'bob' } };
const RELATED = 'io.modelcontextprotocol/related-task';

suite('task ids', () => {
  test('are sealed for their owner when a legacy task is made', () => {
    const { judgeFor, opened } = bench();
    const { task } = JSON.parse(
      sent(judgeFor(call), { id: 1, result: { task: { taskId: 't-1', status: 'working' } } }),
    ).result;
    assert.equal(task.status, 'working');
    assert.equal(opened('alice', task.taskId), 't-1');
    assert.equal(opened('bob', task.taskId), 'not-owner');
  });

  test("are sealed when a modern task is made, and a tool's own taskId is left alone", () => {
    const { judgeFor, opened } = bench();
    const made = JSON.parse(
      sent(judgeFor(modern), { id: 1, result: { resultType: 'task', taskId: 't-1', ttlMs: 5 } }),
    ).result;
    assert.equal(opened('alice', made.taskId), 't-1');
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
      params: json({ taskId: 'as-sent' }),
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
    const open = (id: string): string => opened('alice', id);
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
      tasks.map(({ taskId, status }: Record<string, string>) => [opened('alice', taskId ?? ''), status]),
      [['of-alice', 'working']],
    );
    assert.equal(nextCursor, 'n');
  });

  for (const [what, message] of Object.entries({
    'a status': { method: 'notifications/tasks/status', params: { taskId: 'of-bob' } },
    'a modern status': { method: 'notifications/tasks', params: { taskId: 'of-bob', status: 'working' } },
    'progress': { method: 'notifications/progress', params: { _meta: { [RELATED]: { taskId: 'of-bob' } } } },
    'a request': { id: 5, method: 'elicitation/create', params: { _meta: { [RELATED]: { taskId: 'of-bob' } } } },
    'an acknowledgement': {
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { taskIds: ['mine', 'of-bob'] } },
    },
  })) {
    test(`of another caller are not told: ${what} is dropped, and the stream goes on`, () => {
      const { judgeFor } = bench();
      sent(judgeFor(call, bob), { id: 1, result: { task: { taskId: 'of-bob' } } });
      const judge = judgeFor(stream);
      assert.equal(sent(judge, message), 'drop');
      const other = sent(judge, JSON.stringify(message).replace('of-bob', 'of-nobody'));
      assert.match(other, /^\{/);
    });
  }

  test('of another caller let no response pass', () => {
    const { judgeFor, opened } = bench();
    sent(judgeFor(call, bob), { id: 1, result: { task: { taskId: 'of-bob' } } });
    for (const result of [{ task: { taskId: 'of-bob' } }, { _meta: { [RELATED]: { taskId: 'of-bob' } } }]) {
      assert.equal(sent(judgeFor(call), { id: 1, result }), 'reject reply.unreadable');
    }
    const again = JSON.parse(sent(judgeFor(call, bob), { id: 1, result: { task: { taskId: 'of-bob' } } }));
    assert.equal(opened('bob', again.result.task.taskId), 'of-bob');
  });

  test('keep the name that the caller sent, wherever he sent it', () => {
    const { judgeFor } = bench();
    const params = json({ notifications: { taskIds: ['sent-a', 'sent-b'] } });
    const edits = ['a', 'b'].map((value, index) => ({ path: ['params', 'notifications', 'taskIds', index], value }));
    const judge = judgeFor({ ...stream, params }, { handles: { ...facts.handles, edits } });
    const status = { method: 'notifications/tasks', params: { taskId: 'b' } };
    assert.equal(JSON.parse(sent(judge, status)).params.taskId, 'sent-b');
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
    const { judgeFor, opened, openedState } = bench();
    const { requestState, inputRequests } = JSON.parse(sent(judgeFor(modern), asking)).result;
    assert.equal(openedState('alice', requestState), 'upstream"s');
    assert.equal(openedState('bob', requestState), 'not-owner');
    assert.equal(opened('alice', requestState), 'unknown');
    assert.deepEqual(inputRequests, asking.result.inputRequests);
  });

  test('are sealed for the call they were given in', () => {
    const { judgeFor, openedState } = bench();
    const { requestState } = JSON.parse(sent(judgeFor(modern), asking)).result;
    assert.equal(openedState('alice', requestState, { target: { kind: 'tool', name: 'other' } }), 'unknown');
    assert.equal(openedState('alice', requestState, { argsDigest: () => 'other' }), 'unknown');
  });

  test('that are too long to come back let nothing pass', () => {
    const long = { id: 1, result: { ...asking.result, requestState: 'x'.repeat(1024 * 1024) } };
    assert.equal(sent(bench().judgeFor(modern), long), 'reject reply.unreadable');
  });

  test('that are no strings let nothing pass', () => {
    const odd = { id: 1, result: { ...asking.result, requestState: { a: 1 } } };
    assert.equal(sent(bench().judgeFor(modern), odd), 'reject reply.unreadable');
  });
});
