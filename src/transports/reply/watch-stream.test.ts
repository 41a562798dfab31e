import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { Call } from '../../call/call.ts';
import type { Facts } from '../../decision/facts.ts';
import { call, facts, findingStages, openGate, received } from '../../decision/facts.fixture.ts';
import type { Stages } from '../../decision/stages.ts';
import type { StopGate, StopSubject } from '../../decision/stop-gate.ts';
import { deny, found, type Refusal } from '../../decision/verdict.ts';
import type { ReplyAssembly } from './reply-assembly.ts';
import { passingJudge } from './reply-exchange.fixture.ts';
import { type StreamWatchOptions, watchStream } from './watch-stream.ts';

const NOW_MS = 1_000_000;
const clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };
const never = new AbortController().signal;
const SUBSCRIPTION: Call = { ...call, operation: 'subscriptions/listen', treatment: 'stream' };
const server = { name: 'files', streamMaxAgeMs: 60_000 };

function assembly(stages: Partial<Stages>, superseded: AbortSignal): ReplyAssembly {
  return {
    stages: { ...findingStages, ...stages },
    deadlineMs: 1000,
    createJudge: passingJudge,
    hasServer: (name) => name === server.name,
    superseded,
    stops: openGate,
  };
}

const watches: Disposable[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch[Symbol.dispose]();
});

/** Watches a stream and keeps what it was ended for. */
function watched(
  changed: Partial<Facts>,
  options: Partial<StreamWatchOptions<Facts>> = {},
): { readonly ends: Refusal[] } & ReturnType<typeof watchStream> {
  const ends: Refusal[] = [];
  const watch = watchStream<Facts>({
    superseded: never,
    facts: { ...facts, ...changed },
    received: { ...received, receivedAtMs: NOW_MS },
    server,
    current: () => assembly({}, never),
    clock,
    draining: never,
    stopping: never,
    end: (refusal) => ends.push(refusal),
    ...options,
  });
  watches.push(watch);
  return { ends, ...watch, judge: () => watch.judge() };
}

const expiring = { ...facts.identity, expiresAtMs: NOW_MS + 5000 };

suite('watchStream()', () => {
  test('ends an open-ended stream when its token expires', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { ends } = watched({ call: SUBSCRIPTION, identity: expiring });
    context.mock.timers.tick(4999);
    assert.deepEqual(ends, []);
    context.mock.timers.tick(1);
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      ['token.expired'],
    );
  });

  for (const kind of ['notification', 'response', 'end-session'] as const) {
    test(`ends what a server streams in answer to a ${kind} when its token expires`, (context) => {
      context.mock.timers.enable({ apis: ['setTimeout'] });
      const { ends } = watched({ call: { ...call, kind, id: undefined }, identity: expiring });
      context.mock.timers.tick(5000);
      assert.equal(ends[0]?.reason, 'token.expired');
    });
  }

  test('lets a call finish after its token expired, up to the greatest age', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { ends } = watched({ identity: expiring });
    context.mock.timers.tick(59_999);
    assert.deepEqual(ends, []);
    context.mock.timers.tick(1);
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      ['stream.too-old'],
    );
  });

  for (const [kind, changed] of Object.entries({ call: {}, stream: { call: SUBSCRIPTION } })) {
    test(`ends a ${kind} at once when its token is revoked`, () => {
      const revoked = new AbortController();
      const { ends } = watched({ ...changed, identity: { ...facts.identity, revoked: revoked.signal } });
      revoked.abort();
      assert.deepEqual(
        ends.map(({ reason }) => reason),
        ['token.revoked'],
      );
    });
  }

  for (const [kind, changed] of Object.entries({ call: {}, stream: { call: SUBSCRIPTION } })) {
    test(`ends a ${kind} at once when the key of its token is withdrawn`, () => {
      const withdrawal = new AbortController();
      const { ends } = watched({ ...changed, identity: { ...facts.identity, withdrawn: withdrawal.signal } });
      withdrawal.abort();
      assert.deepEqual(
        ends.map(({ reason }) => reason),
        ['token.key-unknown'],
      );
    });
  }

  test('ends at once when the token was revoked before the stream began', () => {
    const { ends } = watched({ identity: { ...facts.identity, revoked: AbortSignal.abort() } });
    assert.equal(ends[0]?.reason, 'token.revoked');
  });

  test('on drain ends open-ended streams, and calls when it can wait no longer', () => {
    const draining = new AbortController();
    const stopping = new AbortController();
    const stream = watched({ call: SUBSCRIPTION }, { draining: draining.signal, stopping: stopping.signal });
    const running = watched({}, { draining: draining.signal, stopping: stopping.signal });
    draining.abort();
    assert.deepEqual([stream.ends.length, running.ends.length], [1, 0]);
    stopping.abort();
    assert.equal(running.ends.length, 1);
  });

  test('ends nothing once it is disposed', () => {
    const stopping = new AbortController();
    const { ends, ...watch } = watched({}, { stopping: stopping.signal });
    watch[Symbol.dispose]();
    stopping.abort();
    assert.deepEqual(ends, []);
  });
});

suite('watchStream(), when an operator stops its caller,', () => {
  /** A gate that stops at once whatever is watched, and what was. */
  function closingGate(subjects: StopSubject[]): StopGate {
    return {
      refuse: () => undefined,
      watch(subject, end) {
        subjects.push(subject);
        end(deny('authenticate', 'stop.in-force'));
        return () => {};
      },
    };
  }

  test('ends the stream, and the reply to a call that was made already', () => {
    for (const changed of [{}, { call: SUBSCRIPTION }]) {
      const subjects: StopSubject[] = [];
      const current = { ...assembly({}, never), stops: closingGate(subjects) };
      const { ends } = watched(changed, { current: () => current });
      assert.deepEqual(
        ends.map(({ reason }) => reason),
        ['stop.in-force'],
      );
      assert.deepEqual(subjects, [{ server: 'files', tool: 'read_file', identity: facts.identity }]);
    }
  });
});

/** A stream over a reload after which `stages` check, and what it was ended for then. */
async function afterReload(changed: Partial<Facts>, stages: Partial<Stages>, isServed = true): Promise<Refusal[]> {
  const reload = new AbortController();
  let current = assembly({}, reload.signal);
  const { ends } = watched(changed, { superseded: reload.signal, current: () => current });
  current = { ...assembly(stages, never), hasServer: () => isServed };
  reload.abort();
  await new Promise(setImmediate);
  return ends;
}

suite('watchStream(), after a reload,', () => {
  const denying = { applyPolicy: () => deny('policy', 'policy.denied') };

  test('ends an open-ended stream that policy no longer allows', async () => {
    assert.deepEqual(
      (await afterReload({ call: SUBSCRIPTION }, denying)).map(({ reason }) => reason),
      ['policy.denied'],
    );
  });

  test('lets a call finish that policy would no longer allow: it has been made', async () => {
    assert.deepEqual(await afterReload({}, denying), []);
  });

  test('ends a call whose caller is no longer believed', async () => {
    const untrusting = { authenticate: () => deny('authenticate', 'token.issuer') };
    assert.equal((await afterReload({}, untrusting))[0]?.reason, 'token.issuer');
  });

  test('ends a call when the key is withdrawn that its token was checked with again', async () => {
    const withdrawal = new AbortController();
    const believing = { authenticate: () => found({ ...facts.identity, withdrawn: withdrawal.signal }) };
    const ends = await afterReload({}, believing);
    assert.equal(ends.length, 0);
    withdrawal.abort();
    assert.equal(ends[0]?.reason, 'token.key-unknown');
  });

  test('ends an open-ended stream when it cannot be told', async () => {
    const failing = {
      applyPolicy: () => {
        throw new Error('injected');
      },
    };
    assert.equal((await afterReload({ call: SUBSCRIPTION }, failing))[0]?.kind, 'fault');
  });

  test('ends an open-ended stream of a server that is gone', async () => {
    assert.equal((await afterReload({ call: SUBSCRIPTION }, {}, false))[0]?.reason, 'http.route');
  });

  test('looks again when the reload came before the stream began', async () => {
    const { ends } = watched(
      { call: SUBSCRIPTION },
      { superseded: AbortSignal.abort(), current: () => assembly(denying, never) },
    );
    await new Promise(setImmediate);
    assert.equal(ends[0]?.reason, 'policy.denied');
  });

  test('follows the reload after that one, too', async () => {
    const reloads = [new AbortController(), new AbortController()] as const;
    let current = assembly({}, reloads[0].signal);
    const { ends } = watched({ call: SUBSCRIPTION }, { superseded: reloads[0].signal, current: () => current });
    current = assembly({}, reloads[1].signal);
    reloads[0].abort();
    await new Promise(setImmediate);
    current = assembly(denying, never);
    reloads[1].abort();
    await new Promise(setImmediate);
    assert.equal(ends[0]?.reason, 'policy.denied');
  });
});
