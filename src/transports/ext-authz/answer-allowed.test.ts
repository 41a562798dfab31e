import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Call } from '../../call/call.ts';
import { CLIENT_CAPABILITIES } from '../../call/meta-keys.ts';
import { call, facts, findingStages } from '../../decision/facts.fixture.ts';
import type { Handles } from '../../decision/facts.ts';
import type { Stages } from '../../decision/stages.ts';
import { deny, found } from '../../decision/verdict.ts';
import type { EnvoyServer } from '../envoy/envoy-assembly.ts';
import { SERVER } from '../envoy/envoy-server.fixture.ts';
import { calling, checkBytes, kindOf, newDoor, newLedger } from './check.fixture.ts';
import { handleCheck } from './handle-check.ts';
import { decodeCheckResponse } from './protobuf-oracle.fixture.ts';

const BODY = { body: '{}', headers: [['content-length', '2']] } as const;
const text = (answer: Uint8Array): string => Buffer.from(answer).toString('latin1');

interface Decoded {
  readonly dynamic_metadata: { readonly fields: Readonly<Record<string, { readonly stringValue: string }>> };
  readonly ok_response: { readonly response_headers_to_add: readonly object[] };
}

/** What an answer says in Envoy's namespace of ext_authz. */
function metadataOf(answer: Uint8Array): Readonly<Record<string, string>> {
  const { dynamic_metadata: metadata } = decodeCheckResponse(answer) as Decoded;
  return Object.fromEntries(Object.entries(metadata.fields).map(([key, value]) => [key, value.stringValue]));
}

/** Checks that read this call, and find these handles; with what they gave back. */
function reading(asked: Partial<Call>, handles: Partial<Handles> = {}) {
  const givenBack: string[] = [];
  const stages: Stages = {
    ...findingStages,
    admit(_received, held) {
      held.defer(() => void givenBack.push('place'));
      return found({ kind: 'admitted' });
    },
    read: ({ decisionId }) => found({ ...call, ...asked, decisionId }),
    openHandles: () => found({ ...facts.handles, ...handles }),
    takeLimits(_call, _identity, _ruling, undo) {
      undo.defer(() => void givenBack.push('limits'));
      return found(facts.reservation);
    },
  };
  return { stages, givenBack };
}

const served = (server: Partial<EnvoyServer>): ReadonlyMap<string, EnvoyServer> =>
  new Map([['files', { ...SERVER, ...server }]]);

const LIST: Partial<Call> = { operation: 'tools/list', treatment: 'list' };
/** A call of a client that says in it that it can be asked back. */
const ASKABLE: Partial<Call> = {
  era: 'modern',
  params: new Map([['_meta', new Map([[CLIENT_CAPABILITIES, new Map([['elicitation', new Map()]])]])]]),
};
const EDITS: Partial<Handles> = { edits: [{ path: ['params', 'taskId'], value: 'x' }] };

suite('answerAllowed()', () => {
  const courses: readonly (readonly [string, Partial<Call>, Partial<Handles>, Partial<EnvoyServer>, string])[] = [
    ['a call', {}, {}, {}, 'pass'],
    ['a list', LIST, {}, {}, 'judge'],
    ['a list that is waived', LIST, {}, { waived: new Set(['lists']) }, 'pass'],
    ['a list where something else is waived', LIST, {}, { waived: new Set(['streams', 'sessions']) }, 'judge'],
    ['a task', { treatment: 'task' }, {}, { waived: new Set(['lists', 'streams', 'sessions']) }, 'judge'],
    ['a call where all replies are judged', {}, {}, { judgeReplies: 'always' }, 'judge'],
    ['a call whose body is to be changed', {}, EDITS, {}, 'edit'],
    ['a call whose client can be asked back', ASKABLE, {}, {}, 'judge'],
    ['the same where nobody judges', ASKABLE, {}, { judgeReplies: 'never' }, 'pass'],
  ];
  for (const [what, asked, handles, server, reply] of courses) {
    test(`says ${reply} for ${what}, and names the exchange where ext_proc comes for it`, async () => {
      const door = newDoor({ ...reading(asked, handles), servers: served(server) });
      const answer = await handleCheck(door, checkBytes(BODY), calling());
      const { decision_id: decisionId, hold, ...rest } = metadataOf(answer);
      assert.deepEqual([kindOf(answer), rest], ['allow', { reply, verdict: 'allowed' }]);
      assert.equal(hold, reply === 'pass' ? undefined : `sealed-${decisionId}`);
      const claimed = door.exchanges.claim(decisionId ?? '');
      assert.equal(claimed?.reply, reply === 'pass' ? undefined : reply);
      assert.equal(door.exchanges.size, 1);
    });
  }

  test('says pass for a call whose client can be asked back, once nobody is believed to come', async () => {
    const door = newDoor(reading(ASKABLE));
    const ask = async (): Promise<string> => {
      const { decision_id: decisionId = '', reply = '' } = metadataOf(
        await handleCheck(door, checkBytes(BODY), calling()),
      );
      // Its reply goes out, and nobody came for it.
      door.exchanges.settle({ decisionId, kind: 'answered', replyBytes: 1 });
      return reply;
    };
    assert.deepEqual([await ask(), await ask()], ['judge', 'pass']);
    door.exchanges.forgive();
    assert.equal(await ask(), 'judge');
  });

  test('says pass in every refusal, so that ext_proc does not come for it', async () => {
    const door = newDoor({ stages: { ...findingStages, applyPolicy: () => deny('policy', 'policy.denied') } });
    for (const asked of [BODY, { ...BODY, path: '/other' }, { ...BODY, server: null }]) {
      const { decision_id: decisionId, ...rest } = metadataOf(await handleCheck(door, checkBytes(asked), calling()));
      assert.match(decisionId ?? '', /^[0-9a-f-]{36}$/);
      assert.deepEqual(rest, { reply: 'pass', verdict: 'refused' });
    }
    assert.equal(door.exchanges.size, 0);
  });

  test('holds what the call took until its outcome is told', async () => {
    const { stages, givenBack } = reading({});
    const door = newDoor({ stages });
    const { decision_id: decisionId = '' } = metadataOf(await handleCheck(door, checkBytes(BODY), calling()));
    assert.deepEqual([door.heard, givenBack], [['intent'], []]);
    door.exchanges.settle({ decisionId, kind: 'answered', replyBytes: 1 });
    await nextTurn();
    assert.deepEqual([door.heard, givenBack], [['intent', 'outcome answered'], ['place']]);
  });

  test('gives everything back when the stream of the question fails behind the answer', async () => {
    const gone = new AbortController();
    const { stages, givenBack } = reading({});
    const door = newDoor({ stages });
    assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling({ signal: gone.signal }))), 'allow');
    gone.abort();
    await nextTurn();
    assert.deepEqual(door.heard, ['intent', 'outcome undelivered']);
    assert.deepEqual(givenBack.toSorted(), ['limits', 'place']);
  });

  test('keeps nothing in memory of a call that passes, and no body of one whose reply is judged', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (const [asked, kept] of [
      [{}, 'nothing'],
      [LIST, 'the call'],
    ] as const) {
      const seen: WeakRef<object>[] = [];
      const { stages } = reading({});
      const door = newDoor({
        stages: {
          ...stages,
          read({ decisionId, body = new Uint8Array() }) {
            const args = new Map();
            seen.push(new WeakRef(body), new WeakRef(args));
            return found({ ...call, ...asked, decisionId, body, args });
          },
        },
      });
      await handleCheck(door, checkBytes(BODY), calling());
      await nextTurn();
      collect();
      assert.equal(door.exchanges.size, 1);
      const [body, args] = seen.map((one) => one.deref());
      assert.deepEqual([body, args === undefined ? 'nothing' : 'the call'], [undefined, kept]);
    }
  });

  test('keeps nothing where nobody tells outcomes, but for replies that are judged', async () => {
    const { stages, givenBack } = reading({});
    const door = newDoor({ stages }, { outcomes: 'none' });
    assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling())), 'allow');
    assert.deepEqual([door.heard, givenBack, door.exchanges.size], [['intent', 'outcome unknown'], ['place'], 0]);
    const judging = newDoor(reading(LIST), { outcomes: 'none' });
    await handleCheck(judging, checkBytes(BODY), calling());
    assert.deepEqual([judging.heard, judging.exchanges.size], [['intent'], 1]);
  });

  test('refuses a caller that has too many calls in progress, until one is over', async () => {
    const { stages, givenBack } = reading({});
    const known = { ...stages, authenticate: () => found({ kind: 'token', principal: 'agent' } as const) };
    const door = newDoor({ stages: known });
    const ask = async (): Promise<Uint8Array> => await handleCheck(door, checkBytes(BODY), calling());
    const { decision_id: decisionId = '' } = metadataOf(await ask());
    assert.equal(kindOf(await ask()), 'allow');
    const refused = await ask();
    assert.equal(kindOf(refused), 'denied');
    assert.match(text(refused), /too many calls in progress/);
    assert.deepEqual([door.heard.at(-1), givenBack.toSorted()], ['outcome undelivered', ['limits', 'place']]);
    door.exchanges.settle({ decisionId, kind: 'answered', replyBytes: 1 });
    await nextTurn();
    assert.equal(kindOf(await ask()), 'allow');
  });

  test('lets no caller leave more calls behind that somebody is to come for, than he may have in progress', async () => {
    const { stages, givenBack } = reading(LIST);
    const known = { ...stages, authenticate: () => found({ kind: 'token', principal: 'agent' } as const) };
    const door = newDoor({ stages: known });
    const ask = async (): Promise<Uint8Array> => await handleCheck(door, checkBytes(BODY), calling());
    const { decision_id: decisionId = '' } = metadataOf(await ask());
    assert.equal(kindOf(await ask()), 'allow');
    assert.match(text(await ask()), /too many calls in progress/);
    assert.deepEqual([door.heard.at(-1), givenBack.toSorted()], ['outcome undelivered', ['limits', 'place']]);
    assert.notEqual(door.exchanges.claim(decisionId), undefined);
    assert.equal(kindOf(await ask()), 'allow');
    assert.match(text(await ask()), /too many calls in progress/);
  });

  test('gives everything back when it cannot keep what it would let pass', async () => {
    for (const asked of [{}, LIST]) {
      const { stages, givenBack } = reading(asked);
      const broken = Object.assign(newLedger(), {
        open(): never {
          throw new Error('injected');
        },
      });
      const door = newDoor({ stages }, { exchanges: broken });
      assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling())), 'denied');
      assert.deepEqual(door.heard, ['intent', 'outcome undelivered']);
      assert.deepEqual(givenBack.toSorted(), ['limits', 'place']);
    }
  });

  test('refuses what it has no room to remember', async () => {
    const exchanges = newLedger();
    exchanges.close();
    for (const asked of [{}, LIST]) {
      const { stages, givenBack } = reading(asked);
      const door = newDoor({ stages }, { exchanges });
      const refused = await handleCheck(door, checkBytes(BODY), calling());
      assert.equal(kindOf(refused), 'denied');
      assert.match(text(refused), /overload\.busy/);
      assert.deepEqual(door.heard, ['intent', 'outcome undelivered']);
      assert.deepEqual(givenBack.toSorted(), ['limits', 'place']);
    }
  });

  test('shows the client its own session id where the server repeats the one it gave', async () => {
    const session: Partial<Call> = { headers: [['mcp-session-id', 'sealed']] };
    const door = newDoor(reading(session, { upstreamSession: 'secret' }));
    const answer = await handleCheck(door, checkBytes(BODY), calling());
    const { ok_response: ok } = decodeCheckResponse(answer) as Decoded;
    assert.partialDeepStrictEqual(ok.response_headers_to_add, [
      // OVERWRITE_IF_EXISTS: one that is not there is not added.
      { header: { key: 'mcp-session-id', value: 'sealed' }, append_action: 3 },
    ]);
  });

  test('ends a session when its DELETE passes', async () => {
    const end: Partial<Call> = { operation: 'http/delete-session', treatment: 'session', kind: 'end-session' };
    const door = newDoor({ ...reading(end), servers: served({ waived: new Set(['sessions']) }) });
    await handleCheck(door, checkBytes(BODY), calling());
    assert.deepEqual(door.heard, ['intent', 'session ended']);
  });
});
