import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Releases } from '../kit/release-stack.ts';
import { facts, findingStages, listeningRecorder, received } from './facts.fixture.ts';
import { handle } from './handle.ts';
import { isAllow, type Recorder } from './record.ts';
import type { StandIn } from './stand-in.ts';
import type { Stages } from './stages.ts';
import { deny, fault, found, type Refusal } from './verdict.ts';

const STAGE_NAMES = Object.keys(findingStages) as (keyof Stages)[];
const never = new AbortController().signal;

/** Ways a check can fail other than by answering. */
const FAILURES: Record<string, () => never | Promise<never>> = {
  'throws': () => {
    throw new Error('injected');
  },
  'rejects': () => Promise.reject(new Error('injected')),
  'throws nothing': () => {
    throw undefined;
  },
  'rejects later': async () => {
    await new Promise(setImmediate);
    throw new Error('injected');
  },
  'never answers': () => new Promise<never>(() => {}),
};

function spoil(stage: keyof Stages, by: () => unknown): Stages {
  return { ...findingStages, [stage]: by };
}

suite('handle()', () => {
  test('has a rule’s result stand in for a denial, which stays one and is recorded so; for nothing else', async () => {
    const standIn: StandIn = { rule: 'kept', source: 'cached', ageMs: 5, result: '{}' };
    const fallbacks = { refused: () => standIn };
    const refusals: Refusal[] = [];
    const recorder: Recorder = {
      ...listeningRecorder(),
      refusal: (_received, refusal) => void refusals.push(refusal),
    };
    const options = { recorder, fallbacks, deadlineMs: 1000 };
    const denied = deny('availability', 'breaker.open');
    const stages = { ...findingStages, checkAvailability: () => denied };
    const { verdict } = await handle(received, { ...options, stages }, never);
    assert.deepEqual(verdict, { ...denied, standIn });
    assert.deepEqual(refusals, [verdict]);
    const faulty = { ...findingStages, checkAvailability: () => fault('availability', 'fault.internal') };
    assert.equal('standIn' in (await handle(received, { ...options, stages: faulty }, never)).verdict, false);
    const asked = await handle(received, { recorder, deadlineMs: 1000, stages }, never);
    assert.deepEqual(asked.verdict, denied);
  });

  test('allows only after the intent is recorded', async () => {
    const recorder = listeningRecorder();
    const { verdict } = await handle(received, { stages: findingStages, recorder, deadlineMs: 1000 }, never);
    assert.equal(isAllow(verdict), true);
    assert.deepEqual(recorder.heard, ['intent']);
  });

  for (const stage of STAGE_NAMES) {
    for (const [how, fail] of Object.entries(FAILURES)) {
      test(`answers a Fault when ${stage} ${how}`, async () => {
        const recorder = listeningRecorder();
        const stages = spoil(stage, fail);
        const { verdict } = await handle(received, { stages, recorder, deadlineMs: 20 }, never);
        assert.equal(verdict.kind, 'fault');
        assert.equal(isAllow(verdict), false);
        assert.equal(recorder.heard.length, 1);
        assert.match(recorder.heard[0] ?? '', /^fault /);
      });
    }

    test(`stops at ${stage} when it denies, and records that`, async () => {
      const recorder = listeningRecorder();
      const stages = spoil(stage, () => deny('policy', 'policy.denied'));
      const { verdict } = await handle(received, { stages, recorder, deadlineMs: 1000 }, never);
      assert.equal(verdict.kind, 'deny');
      assert.deepEqual(recorder.heard, ['deny policy policy.denied']);
    });

    test(`answers no Fault when the caller goes away during ${stage}: callers do not make our faults`, async () => {
      const gone = new AbortController();
      const stages = spoil(stage, () => {
        gone.abort();
        return found(undefined);
      });
      const recorder = listeningRecorder();
      const { verdict } = await handle(received, { stages, recorder, deadlineMs: 1000 }, gone.signal);
      assert.deepEqual([verdict.kind, verdict.kind === 'deny' && verdict.reason], ['deny', 'http.caller-gone']);
      assert.equal(recorder.heard.includes('intent'), false);
    });
  }

  for (const stage of STAGE_NAMES) {
    test(`answers a Fault when the configuration is reloaded during ${stage}`, async () => {
      const superseded = new AbortController();
      const inner = findingStages[stage] as (...input: unknown[]) => unknown;
      const stages = spoil(stage, () => {
        superseded.abort();
        return inner();
      });
      const recorder = listeningRecorder();
      const options = { stages, recorder, deadlineMs: 1000, superseded: superseded.signal };
      const { verdict } = await handle(received, options, never);
      assert.deepEqual([verdict.kind, verdict.kind === 'fault' && verdict.reason], ['fault', 'fault.reloaded']);
      assert.equal(recorder.heard.includes('intent'), false);
    });
  }

  test('answers a Fault when the configuration is reloaded while the intent is written', async () => {
    const superseded = new AbortController();
    const heard = listeningRecorder();
    const recorder = { ...heard, intent: async () => superseded.abort() };
    const options = { stages: findingStages, recorder, deadlineMs: 1000, superseded: superseded.signal };
    const { verdict } = await handle(received, options, never);
    assert.deepEqual([verdict.kind, verdict.kind === 'fault' && verdict.reason], ['fault', 'fault.reloaded']);
    assert.deepEqual(heard.heard, ['outcome undelivered', 'fault record fault.reloaded']);
  });

  test('refuses when the intent cannot be written', async () => {
    const recorder = { ...listeningRecorder(), intent: () => Promise.reject(new Error('disk full')) };
    const { verdict } = await handle(received, { stages: findingStages, recorder, deadlineMs: 1000 }, never);
    assert.deepEqual(verdict.kind === 'fault' && [verdict.stage, verdict.reason], ['record', 'record.unavailable']);
  });

  test('gives an intent that was written too late the outcome undelivered', async () => {
    const heard = listeningRecorder();
    const late = Promise.withResolvers<void>();
    const recorder = { ...heard, intent: () => late.promise };
    const { verdict } = await handle(received, { stages: findingStages, recorder, deadlineMs: 5 }, never);
    assert.equal(verdict.kind, 'fault');
    late.resolve();
    await new Promise(setImmediate);
    assert.deepEqual(heard.heard, ['fault record fault.timeout', 'outcome undelivered']);
  });

  test('gives back what was reserved exactly once, unless the call is allowed', async () => {
    const outcomes = fc.constantFrom('finds', 'denies', 'throws', 'rejects');
    const plan = fc.record({ stage: fc.constantFrom(...STAGE_NAMES), outcome: outcomes, recordFails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(plan, async ({ stage, outcome, recordFails }) => {
        let reserved = 0;
        let given = 0;
        const take = (undo: Releases): void => {
          reserved += 1;
          undo.defer(() => void (given += 1));
        };
        const taking: Stages = {
          ...findingStages,
          checkAvailability: (_call, _identity, _target, _ruling, _held, undo) => (take(undo), found(facts.permit)),
          takeLimits: (_call, _identity, _ruling, undo) => (take(undo), found(facts.reservation)),
        };
        const inner = taking[stage] as (...input: unknown[]) => unknown;
        const ends: Record<string, () => unknown> = {
          denies: () => deny('policy', 'policy.denied'),
          throws: FAILURES['throws'] ?? assert.fail,
          rejects: FAILURES['rejects'] ?? assert.fail,
        };
        const spoiled = (...input: unknown[]): unknown => {
          const piece = inner(...input);
          return ends[outcome]?.() ?? piece;
        };
        const recorder = {
          ...listeningRecorder(),
          intent: () => (recordFails ? Promise.reject(new Error('full')) : Promise.resolve()),
        };
        const stages = { ...taking, [stage]: spoiled } as Stages;
        const { verdict } = await handle(received, { stages, recorder, deadlineMs: 1000 }, never);
        assert.equal(isAllow(verdict), outcome === 'finds' && !recordFails);
        assert.equal(given, isAllow(verdict) ? 0 : reserved);
      }),
    );
  });

  test('withdraw() gives back what an undelivered allow took', async () => {
    let given = 0;
    const stages: Stages = {
      ...findingStages,
      takeLimits: (_call, _identity, _ruling, undo) => {
        undo.defer(() => void (given += 1));
        return found(facts.reservation);
      },
    };
    const handled = await handle(received, { stages, recorder: listeningRecorder(), deadlineMs: 1000 }, never);
    await handled.withdraw();
    assert.equal(given, 1);
  });

  test('stays a refusal when giving back fails', async () => {
    const stages: Stages = {
      ...findingStages,
      takeLimits: (_call, _identity, _ruling, undo) => {
        undo.defer(() => Promise.reject(new Error('store is away')));
        return found(facts.reservation);
      },
      consume: () => deny('consume', 'policy.denied'),
    };
    const { verdict } = await handle(received, { stages, recorder: listeningRecorder(), deadlineMs: 1000 }, never);
    assert.notEqual(verdict.kind, 'allow');
  });
});

suite('isAllow()', () => {
  test('knows a forgery', () => {
    const forged = { kind: 'allow', facts };
    assert.equal(isAllow(forged), false);
    assert.equal(isAllow(Object.create(null)), false);
  });
});
