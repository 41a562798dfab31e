import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import { WAIVABLE_NEEDS, type WaivableNeed } from '../../call/reply-need.ts';
import { call, facts, findingStages } from '../../decision/facts.fixture.ts';
import { found } from '../../decision/verdict.ts';
import { limitToDoor } from './limit-to-door.ts';

const NOW = new AbortController().signal;

/** What the door answers to a call, with these rows waived. */
async function answer(asked: Partial<Call>, ...waived: readonly WaivableNeed[]): Promise<string> {
  const stages = limitToDoor(findingStages, () => new Set(waived));
  const finding = await stages.openHandles({ ...call, ...asked }, facts.identity, NOW);
  return finding.kind === 'found' ? 'found' : finding.reason;
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

  test('refuses a call whose body would have to be changed', async () => {
    const handles = { edits: [{ path: ['params', 'requestState'], value: 'x' }], headers: new Map() };
    const stages = limitToDoor({ ...findingStages, openHandles: () => found(handles) }, () => new Set());
    const finding = await stages.openHandles(call, facts.identity, NOW);
    assert.equal(finding.kind === 'deny' && finding.reason, 'door.edit-needed');
  });
});
