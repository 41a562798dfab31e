import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { WAIVABLE_NEEDS, type WaivableNeed } from '../../call/reply-need.ts';
import { call, facts, findingStages } from '../../decision/facts.fixture.ts';
import type { Stages } from '../../decision/stages.ts';
import { found } from '../../decision/verdict.ts';
import { type DoorReach, limitToDoor } from './limit-to-door.ts';

const NOW = new AbortController().signal;

const CARRIES_NOTHING: DoorReach = {
  waivedBy: () => new Set(),
  judgesAll: () => false,
  replies: () => 'none',
};

async function answerOf(asked: Partial<Call>, reach: Partial<DoorReach>): Promise<string> {
  const stages = limitToDoor(findingStages, { ...CARRIES_NOTHING, ...reach });
  const finding = await stages.openHandles({ ...call, ...asked }, facts.identity, NOW);
  return finding.kind === 'found' ? 'found' : finding.reason;
}

/** What a door without replies answers to a call, with these rows waived. */
async function answer(asked: Partial<Call>, ...waived: readonly WaivableNeed[]): Promise<string> {
  return await answerOf(asked, { waivedBy: () => new Set(waived) });
}

const LIST: Partial<Call> = { operation: 'tools/list', treatment: 'list' };
const GET: Partial<Call> = { operation: 'http/get-stream', treatment: 'stream', kind: 'open-stream' };
const INITIALIZE: Partial<Call> = { operation: 'initialize', treatment: 'session' };
const TASK: Partial<Call> = { operation: 'tasks/get', treatment: 'task' };
const BECOMES_TASK: Partial<Call> = { params: new Map([['task', new Map()]]) };

suite('limitToDoor()', () => {
  test('refuses what needs its reply judged', async () => {
    for (const asked of [LIST, GET, INITIALIZE, TASK, BECOMES_TASK]) {
      assert.equal(await answer(asked), 'door.reply-needed');
    }
    const listen: Partial<Call> = { operation: 'subscriptions/listen', treatment: 'stream' };
    const end: Partial<Call> = { operation: 'http/delete-session', treatment: 'session', kind: 'end-session' };
    for (const asked of [listen, end]) assert.equal(await answer(asked), 'door.reply-needed');
  });

  test('lets pass what a server waives, and only that', async () => {
    for (const [asked, need] of [
      [LIST, 'lists'],
      [GET, 'streams'],
      [INITIALIZE, 'sessions'],
    ] as const) {
      const others = WAIVABLE_NEEDS.filter((row) => row !== need);
      assert.deepEqual([await answer(asked, need), await answer(asked, ...others)], ['found', 'door.reply-needed']);
    }
  });

  test('never lets tasks pass', async () => {
    for (const asked of [TASK, BECOMES_TASK]) assert.equal(await answer(asked, ...WAIVABLE_NEEDS), 'door.reply-needed');
  });

  test('lets calls and housekeeping pass', async () => {
    for (const asked of [
      {},
      { operation: 'prompts/get', treatment: 'prompt' },
      { operation: 'resources/read', treatment: 'resource' },
      { operation: 'server/discover', treatment: 'session' },
      { operation: 'ping', treatment: 'session' },
      { operation: 'notifications/cancelled', treatment: 'notification', kind: 'notification' },
    ] as const) {
      assert.equal(await answer(asked), 'found');
    }
  });

  const handles = { edits: [{ path: ['params', 'requestState'], value: 'x' }], headers: new Map() };
  const editing = { ...findingStages, openHandles: () => found(handles) };

  test('refuses a call whose body would have to be changed', async () => {
    for (const replies of ['none', 'missing'] as const) {
      const stages = limitToDoor(editing, { ...CARRIES_NOTHING, replies: () => replies });
      const finding = await stages.openHandles(call, facts.identity, NOW);
      assert.equal(finding.kind === 'deny' && finding.reason, 'door.edit-needed');
    }
  });

  test('refuses nothing where ext_proc comes', async () => {
    const replies = (): 'ext_proc' => 'ext_proc';
    for (const asked of [LIST, GET, INITIALIZE, TASK, BECOMES_TASK, {}]) {
      assert.equal(await answerOf(asked, { replies }), 'found');
    }
    const stages = limitToDoor(editing, { ...CARRIES_NOTHING, replies });
    assert.equal((await stages.openHandles(call, facts.identity, NOW)).kind, 'found');
  });

  test('asks each time whether ext_proc comes, and tells the operator when it does not', async () => {
    let replies: 'ext_proc' | 'missing' = 'missing';
    const stages = limitToDoor(findingStages, { ...CARRIES_NOTHING, replies: () => replies });
    const list = { ...call, ...LIST };
    const refused = await stages.openHandles(list, facts.identity, NOW);
    assert.match((refused.kind === 'deny' && refused.operatorDetail) || '', /ext_proc is not attached/);
    replies = 'ext_proc';
    assert.equal((await stages.openHandles(list, facts.identity, NOW)).kind, 'found');
  });

  test('refuses every call of a server that has all replies judged when nobody comes', async () => {
    const judgesAll = (server: string): boolean => server === call.server;
    assert.equal(await answerOf({}, { judgesAll, replies: () => 'missing' }), 'door.reply-needed');
    assert.equal(await answerOf({}, { judgesAll, replies: () => 'ext_proc' }), 'found');
    assert.equal(await answerOf({ server: 'other' }, { judgesAll, replies: () => 'missing' }), 'found');
  });

  test('refuses a call whose reply says what it cost, and gives back what was taken', async () => {
    const back: string[] = [];
    const taking: Stages = {
      ...findingStages,
      takeLimits(_call, _identity, _ruling, undo) {
        undo.defer(() => void back.push('limits'));
        return found({ taken: [], readsReply: true });
      },
    };
    const said = async (replies: 'none' | 'ext_proc'): Promise<string> => {
      const stages = limitToDoor(taking, { ...CARRIES_NOTHING, replies: () => replies });
      await using undo = new AsyncDisposableStack();
      const finding = await stages.takeLimits(call, facts.identity, facts.ruling, undo, NOW);
      return finding.kind === 'found' ? 'found' : finding.reason;
    };
    assert.deepEqual([await said('none'), await said('ext_proc')], ['door.reply-needed', 'found']);
    assert.deepEqual(back, ['limits', 'limits']);
  });
});
