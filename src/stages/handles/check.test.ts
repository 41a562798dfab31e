import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { readCall } from '../../call/read-call.ts';
import { LEGACY_HEADERS, legacyPost, modernPost, received, traits } from '../../call/received.fixture.ts';
import type { HeaderList } from '../../call/received.ts';
import type { Identity } from '../../decision/facts.ts';
import { ephemeralKeyRing } from '../../sealing/key-ring.fixture.ts';
import { sealPurpose, statePurpose } from '../../sealing/purpose.ts';
import { createSealer } from '../../sealing/seal.ts';
import { bindingOf } from './bind-session.fixture.ts';
import { createOpenHandles } from './check.ts';
import type { SessionRegistry } from './session-registry.ts';

const sealer = createSealer(ephemeralKeyRing(() => 0));
const alice: Identity = { kind: 'token', principal: 'alice' };
const bob: Identity = { kind: 'token', principal: 'bob' };

/** A registry with room in which `ended` sessions have ended. */
function registry(changed: Partial<SessionRegistry> = {}): SessionRegistry {
  return {
    hasRoom: () => true,
    reserve: () => 'too-many',
    open: () => 'opened',
    touch: () => 'live',
    end: () => {},
    ...changed,
  };
}

function read(exchange: Parameters<typeof readCall>[0]): Call {
  const answer = readCall(exchange, traits);
  assert.equal(answer.kind, 'call', JSON.stringify(answer));
  return answer.kind === 'call' ? answer.call : assert.fail();
}

function legacy(method: string, params: object, headers: HeaderList = []): Call {
  return read(legacyPost({ jsonrpc: '2.0', id: 1, method, params }, [...LEGACY_HEADERS, ...headers]));
}

function sessionHeader(owner: string, server = 'files'): readonly [string, string] {
  return ['mcp-session-id', sealer.seal(sealPurpose('session', server), owner, 'upstream-1')];
}

function reasonOf(answer: object): unknown {
  return 'reason' in answer ? answer.reason : answer;
}

const list = (headers: HeaderList): Call => legacy('tools/list', {}, headers);
const get = (headers: HeaderList): Call =>
  read(received({ httpMethod: 'GET', headers: [['accept', 'text/event-stream'], ...headers] }));

suite('createOpenHandles(), for sessions,', () => {
  const open = createOpenHandles({ sealer, registry: registry() });

  test('opens the caller’s own and gives it to the upstream', () => {
    const answer = open(list([sessionHeader('alice')]), alice);
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.upstreamSession, 'upstream-1');
    assert.equal(answer.value.headers.get('mcp-session-id'), 'upstream-1');
  });

  for (const [whose, headers, identity, reason] of [
    ['one that was never sealed', [['mcp-session-id', 'victim-session']], alice, 'session.unknown'],
    ['one that was sealed for another caller', [sessionHeader('alice')], bob, 'session.not-owner'],
    ['one that was sealed for another server', [sessionHeader('alice', 'mail')], alice, 'session.unknown'],
    [
      'a task id',
      [['mcp-session-id', sealer.seal(sealPurpose('task', 'files'), 'alice', 't')]],
      alice,
      'session.unknown',
    ],
  ] as const) {
    test(`refuses ${whose}`, () => {
      assert.equal(reasonOf(open(list(headers), identity)), reason);
    });
  }

  test('refuses one that has ended', () => {
    const ended = createOpenHandles({ sealer, registry: registry({ touch: () => 'ended' }) });
    assert.equal(reasonOf(ended(list([sessionHeader('alice')]), alice)), 'session.ended');
  });

  test('refuses initialize at the cap, and nothing else', () => {
    const full = createOpenHandles({ sealer, registry: registry({ hasRoom: () => false }) });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
    assert.equal(reasonOf(full(legacy('initialize', params), alice)), 'session.too-many');
    assert.equal(full(list([]), alice).kind, 'found');
  });

  test('lets a legacy call without session pass: a stateless server never gives one', () => {
    assert.equal(open(list([]), alice).kind, 'found');
  });

  test('ignores the header in the modern era, whatever it holds', () => {
    const answer = open(read(modernPost('tools/list', {}, [['mcp-session-id', 'forged']])), alice);
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.upstreamSession, undefined);
    assert.equal(answer.value.headers.has('mcp-session-id'), false);
  });

  test('refuses DELETE without a session', () => {
    const call = read(received({ httpMethod: 'DELETE' }));
    assert.equal(reasonOf(open(call, alice)), 'session.missing');
  });

  test('takes Last-Event-ID only inside a session', () => {
    assert.equal(reasonOf(open(get([['last-event-id', '7']]), alice)), 'session.missing');
    const answer = open(get([['last-event-id', '7'], sessionHeader('alice')]), alice);
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.headers.get('last-event-id'), '7');
  });
});

const task = (owner: string, id = 'task-1'): string => sealer.seal(sealPurpose('task', 'files'), owner, id);
/** The state that `owner` was given when he called `echo`. */
const state = (owner: string): string =>
  sealer.seal(statePurpose(legacy('tools/call', { name: 'echo' })), owner, '{"step":1}');

suite('createOpenHandles(), for names in the body,', () => {
  const open = createOpenHandles({ sealer, registry: registry() });

  test('unseals a task id in body and Mcp-Name alike', () => {
    const sealed = task('alice', 'täsk');
    const answer = open(read(modernPost('tasks/get', { taskId: sealed }, [['mcp-name', sealed]])), alice);
    assert.ok(answer.kind === 'found');
    assert.deepEqual(answer.value.edits, [{ path: ['params', 'taskId'], value: 'täsk' }]);
    assert.equal(answer.value.headers.get('mcp-name'), '=?base64?dMOkc2s=?=');
  });

  test('unseals a request state, and the task a legacy message belongs to', () => {
    const meta = { 'io.modelcontextprotocol/related-task': { taskId: task('alice') } };
    const params = { name: 'echo', requestState: state('alice'), _meta: meta };
    const answer = open(legacy('tools/call', params), alice);
    assert.ok(answer.kind === 'found');
    assert.deepEqual(
      answer.value.edits.map(({ value }) => value),
      ['{"step":1}', 'task-1'],
    );
  });

  test('unseals the task that an answer of the client belongs to', () => {
    const meta = { 'io.modelcontextprotocol/related-task': { taskId: task('alice') } };
    const body = { jsonrpc: '2.0', id: 7, result: { action: 'accept', _meta: meta } };
    const answer = open(read(legacyPost(body)), alice);
    assert.ok(answer.kind === 'found');
    const path = ['result', '_meta', 'io.modelcontextprotocol/related-task', 'taskId'];
    assert.deepEqual(answer.value.edits, [{ path, value: 'task-1' }]);
  });

  test('unseals every task of a subscription', () => {
    const taskIds = [task('alice', 'a'), task('alice', 'b')];
    const answer = open(read(modernPost('subscriptions/listen', { notifications: { taskIds } })), alice);
    assert.ok(answer.kind === 'found');
    assert.deepEqual(answer.value.edits, [
      { path: ['params', 'notifications', 'taskIds', 0], value: 'a' },
      { path: ['params', 'notifications', 'taskIds', 1], value: 'b' },
    ]);
  });

  test('leaves an argument of that name alone: it is the tool’s own', () => {
    const answer = open(legacy('tools/call', { name: 'echo', arguments: { taskId: 'x', requestState: 'y' } }), alice);
    assert.ok(answer.kind === 'found');
    assert.deepEqual(answer.value.edits, []);
  });

  for (const [what, params] of Object.entries({
    'a task id of another caller': { taskId: task('bob') },
    'a task id that was never sealed': { taskId: 'task-1' },
    'a request state as task id': { taskId: state('alice') },
  })) {
    test(`refuses ${what}`, () => {
      assert.equal(reasonOf(open(legacy('tasks/get', params), alice)), 'handle.unknown');
    });
  }

  for (const [what, params] of Object.entries({
    'a request state of another caller': { requestState: state('bob') },
    'a forged request state': { requestState: 'eyJzdGVwIjoyfQ' },
  })) {
    test(`refuses ${what}`, () => {
      assert.equal(reasonOf(open(legacy('tools/call', { name: 'echo', ...params }), alice)), 'handle.unknown');
    });
  }

  for (const [what, method, params] of [
    ['another tool', 'tools/call', { name: 'other' }],
    ['other arguments', 'tools/call', { name: 'echo', arguments: { text: 'b' } }],
    ['another method', 'prompts/get', { name: 'echo' }],
  ] as const) {
    test(`refuses a request state that was given for another call: ${what}`, () => {
      const call = legacy(method, { ...params, requestState: state('alice') });
      assert.equal(reasonOf(open(call, alice)), 'handle.unknown');
    });
  }

  test('opens a request state in a retry that spells its arguments otherwise', () => {
    const first = legacy('tools/call', { name: 'echo', arguments: { a: 1, b: 'x' } });
    const requestState = sealer.seal(statePurpose(first), 'alice', 's');
    const retry = { name: 'echo', arguments: { b: 'x', a: 1 }, requestState, inputResponses: {} };
    assert.equal(open(legacy('tools/call', retry), alice).kind, 'found');
  });

  test('refuses a subscription to more than 256 tasks', () => {
    const listen = (count: number): Call => {
      const taskIds = Array.from({ length: count }, () => task('alice'));
      return read(modernPost('subscriptions/listen', { notifications: { taskIds } }));
    };
    assert.equal(open(listen(256), alice).kind, 'found');
    assert.equal(reasonOf(open(listen(257), alice)), 'handle.unknown');
  });

  test('refuses a subscription to the task of another caller among one’s own', () => {
    const taskIds = [task('alice'), task('bob')];
    const call = read(modernPost('subscriptions/listen', { notifications: { taskIds } }));
    assert.equal(reasonOf(open(call, alice)), 'handle.unknown');
  });
});

suite('createSessionBinder()', () => {
  test('gives a new session to its caller in a form that opens for nobody else', () => {
    const { bound, call } = bindingOf(sealer, registry(), alice);
    assert.ok(bound.kind === 'bound');
    const open = createOpenHandles({ sealer, registry: registry() });
    const used = { ...call, operation: 'tools/list', headers: [['mcp-session-id', bound.sealed]] } as const;
    assert.equal(open(used, alice).kind, 'found');
    assert.equal(reasonOf(open(used, bob)), 'session.not-owner');
  });

  test('gives none at the cap', () => {
    assert.equal(bindingOf(sealer, registry({ open: () => 'too-many' }), alice).bound.kind, 'too-many');
  });
});
