import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { facts, findingStages } from '../../decision/facts.fixture.ts';
import type { Stages } from '../../decision/stages.ts';
import { deny, fault, found } from '../../decision/verdict.ts';
import { type Asked, calling, checkBytes, kindOf, newDoor } from './check.fixture.ts';
import { handleCheck } from './handle-check.ts';
import { lastResortAnswer } from './answer.ts';

const BODY = { body: '{}', headers: [['content-length', '2']] } as const;
const text = (answer: Uint8Array): string => Buffer.from(answer).toString('latin1');

suite('handleCheck()', () => {
  test('answers an allowed call with the one allow there is', async () => {
    const door = newDoor();
    assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling())), 'allow');
    assert.deepEqual(door.heard, ['intent']);
  });

  test('answers a Deny and a Fault with a denial, never with an error of gRPC', async () => {
    for (const [refusal, status] of [
      [deny('policy', 'policy.denied'), '"isError":true'],
      [fault('policy', 'policy.error'), '-31500'],
      [{ kind: 'hold', stage: 'approval', reason: 'policy.denied', detail: {} } as const, '"isError":true'],
    ] as const) {
      const door = newDoor({ stages: { ...findingStages, applyPolicy: () => refusal } });
      const answer = await handleCheck(door, checkBytes(BODY), calling());
      assert.equal(kindOf(answer), 'denied');
      assert.ok(text(answer).includes(status), text(answer));
    }
  });

  const misasked: readonly (readonly [string, Asked, string])[] = [
    ['names no server', { ...BODY, server: null }, 'http.route'],
    ['names a server of elsewhere', { ...BODY, server: 'other' }, 'http.route'],
    ['names one that every object has', { ...BODY, server: 'constructor' }, 'http.route'],
    ['has another path', { ...BODY, path: '/admin' }, 'http.route'],
    ['has a query', { ...BODY, path: '/files?x' }, 'http.route'],
    ['has another Host', { ...BODY, host: 'evil.example' }, 'http.host'],
    ['has no Host', { ...BODY, host: '' }, 'http.framing'],
    ['has two Hosts', { ...BODY, headers: [...BODY.headers, ['host', '127.0.0.1']] }, 'http.framing'],
    ['has another Origin', { ...BODY, headers: [...BODY.headers, ['origin', 'https://evil']] }, 'http.origin'],
    ['has part of a body', { ...BODY, headers: [['x-envoy-auth-partial-body', 'true']] }, 'body.too-large'],
    ['has less body than it says', { body: '{', headers: BODY.headers }, 'http.framing'],
    ['has no body where it says one', { headers: BODY.headers }, 'http.framing'],
    ['has joined headers', { ...BODY, joined: true }, 'fault.internal'],
    ['has a certificate that is none', { ...BODY, certificate: 'no PEM' }, 'fault.internal'],
  ];
  for (const [what, asked, reason] of misasked) {
    test(`refuses a question that ${what}`, async () => {
      const door = newDoor();
      const answer = await handleCheck(door, checkBytes(asked), calling());
      assert.equal(kindOf(answer), 'denied');
      assert.ok(text(answer).includes(reason), text(answer));
      assert.deepEqual(
        door.heard.map((heard) => heard.split(' ').at(-1)),
        [reason],
      );
    });
  }

  const transparent = () => newDoor({}, { serverFrom: 'original_destination' });
  const dialled: Asked = { ...BODY, server: null, host: 'localhost:20003', destination: ['10.99.0.1', 20_003] };
  test('takes the server from what was dialled, where the listener says so', async () => {
    assert.equal(kindOf(await handleCheck(transparent(), checkBytes(dialled), calling())), 'allow');
    assert.equal(
      kindOf(await handleCheck(transparent(), checkBytes({ ...dialled, server: 'files' }), calling())),
      'allow',
    );
  });

  const strangers: readonly (readonly [string, Asked, string])[] = [
    ['that is no server’s', { ...dialled, destination: ['10.99.0.2', 20_003], server: 'files' }, 'http.route'],
    ['of another port', { ...dialled, destination: ['10.99.0.1', 20_004] }, 'http.route'],
    ['of Envoy itself', { ...dialled, destination: ['127.0.0.1', 8800], server: 'files' }, 'http.route'],
    ['under the Host of another', { ...dialled, host: 'evil.example' }, 'http.host'],
  ];
  for (const [what, asked, reason] of strangers) {
    test(`refuses a call to an address ${what}`, async () => {
      const answer = await handleCheck(transparent(), checkBytes(asked), calling());
      assert.equal(kindOf(answer), 'denied');
      assert.ok(text(answer).includes(reason), text(answer));
    });
  }

  test('has 0.8 of the time that its caller has', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const hanging: Stages = { ...findingStages, authenticate: () => Promise.withResolvers<never>().promise };
    const door = newDoor({ stages: hanging, deadlineMs: 60_000 });
    let isAnswered = false;
    const answering = handleCheck(door, checkBytes(BODY), calling({ deadlineMs: 100 }));
    void answering.then(() => (isAnswered = true));
    await nextTurn();
    context.mock.timers.tick(79);
    await nextTurn();
    assert.equal(isAnswered, false);
    context.mock.timers.tick(1);
    const answer = await answering;
    assert.equal(kindOf(answer), 'denied');
    assert.ok(text(answer).includes('fault.timeout'));
  });

  test('reports an allow that nobody waits for as undelivered, and gives back what it took', async () => {
    const gone = new AbortController();
    let givenBack = 0;
    const stages: Stages = {
      ...findingStages,
      takeLimits(_call, _identity, _ruling, undo) {
        undo.defer(() => void (givenBack += 1));
        return found(facts.reservation);
      },
    };
    const recorder = newDoor().current().recorder;
    const heard: string[] = [];
    const door = newDoor({
      stages,
      recorder: {
        ...recorder,
        async intent() {
          gone.abort();
        },
        refusal: (_received, { reason }) => void heard.push(reason),
        outcome: ({ kind }) => void heard.push(kind),
      },
    });
    assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling({ signal: gone.signal }))), 'denied');
    await nextTurn();
    assert.equal(givenBack, 1);
    assert.deepEqual(heard, ['http.caller-gone', 'undelivered']);
  });

  test('never lets permission go with a credential in a header of Envoy’s', async () => {
    const credential = { kind: 'header', name: 'Content-Length', value: '3' } as const;
    const door = newDoor({ stages: { ...findingStages, obtainCredential: () => found(credential) } });
    assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling())), 'denied');
    assert.deepEqual(door.heard, ['intent', 'outcome undelivered']);
  });

  test('answers a throw in any place with a denial', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const recorder = { ...newDoor().current().recorder, refusal: broken };
    for (const door of [
      newDoor({ stages: { ...findingStages, read: broken } }),
      newDoor({ stages: { ...findingStages, read: broken }, recorder }),
      { ...newDoor(), readPeer: broken },
      { ...newDoor(), readPeer: broken, onError: broken },
    ]) {
      assert.equal(kindOf(await handleCheck(door, checkBytes(BODY), calling())), 'denied');
    }
  });

  test('has a last word for when not even a refusal can be written', () => {
    assert.equal(kindOf(lastResortAnswer()), 'denied');
  });

  test('never makes an allow of bytes that are no question', async () => {
    const good = checkBytes(BODY);
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, value, end]) =>
      Buffer.from(good)
        .fill(value, at, at + 1)
        .subarray(0, end),
    );
    const door = newDoor({ stages: { ...findingStages, read: () => deny('read', 'json.syntax') } });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        assert.equal(kindOf(await handleCheck(door, bytes, calling())), 'denied');
      }),
      { numRuns: 500 },
    );
  });
});
