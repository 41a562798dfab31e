import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts } from '../../decision/facts.fixture.ts';
import { found } from '../../decision/verdict.ts';
import type { CheckedTarget } from '../facts.ts';
import { stopGate, unlessUnknown } from './check.ts';
import type { Stop, Stops } from './stops.ts';

const subject = { server: 'files', identity: facts.identity };
const stop: Stop = { id: 'a', kind: 'agent', name: 'x', sinceMs: 0, why: 'it was seen to leak' };

function stopsThat(find: Stops['find']): Pick<Stops, 'find' | 'watch'> {
  return {
    find,
    watch(watched, act) {
      const holding = find(watched);
      if (holding !== undefined) act(holding);
      return () => {};
    },
  };
}

suite('stopGate()', () => {
  test('refuses what is stopped, and tells why to the operator alone', () => {
    const gate = stopGate(
      stopsThat(() => stop),
      () => 0,
    );
    assert.deepEqual(gate.refuse(subject), {
      kind: 'deny',
      stage: 'authenticate',
      reason: 'stop.in-force',
      detail: {},
      operatorDetail: 'stop a of this agent',
    });
  });

  test('says when to come back where that is known, also to a stream that ends', () => {
    const gate = stopGate(
      stopsThat(() => ({ ...stop, kind: 'all', untilMs: 5000 })),
      () => 1000,
    );
    assert.deepEqual(gate.refuse(subject)?.detail, { retryAfterMs: 4000 });
    const ended: unknown[] = [];
    gate.watch(subject, ({ reason, operatorDetail }) => ended.push([reason, operatorDetail]));
    assert.deepEqual(ended, [['stop.in-force', 'stop a of everything']]);
  });

  test('lets pass what nothing stops', () => {
    const gate = stopGate(
      stopsThat(() => undefined),
      () => 0,
    );
    assert.equal(gate.refuse(subject), undefined);
  });
});

suite('unlessUnknown()', () => {
  const toolWith = (...effects: readonly string[]): CheckedTarget => ({ kind: 'tool', name: 'x', effects });

  test('refuses tools that can do more than read while it cannot be told what is stopped', () => {
    for (const target of [toolWith('write'), toolWith('read', 'network'), toolWith(), { kind: 'tool' as const }]) {
      const checked = unlessUnknown(found(target), { isKnown: false });
      assert.partialDeepStrictEqual(checked, {
        kind: 'fault',
        reason: 'stop.unknown',
        detail: { retryAfterMs: 1000 },
      });
    }
  });

  test('changes nothing for what only reads, is no tool, or was refused already, nor while it can be told', () => {
    const denied = { kind: 'deny', stage: 'tool', reason: 'tool.unknown', detail: {} } as const;
    const writing = found(toolWith('write'));
    assert.equal(unlessUnknown(denied, { isKnown: false }), denied);
    assert.equal(unlessUnknown(writing, { isKnown: true }), writing);
    for (const target of [toolWith('read'), { kind: 'not-a-tool' as const }]) {
      assert.equal(unlessUnknown(found(target), { isKnown: false }).kind, 'found');
    }
  });
});
