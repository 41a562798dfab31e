import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Stop, StopKind, StopSubject } from '../../stages/stop/stops.ts';
import { StopSet } from './stop-set.ts';
import { agent, stopOf } from './order.fixture.ts';

const call: StopSubject = { server: 'files', tool: 'write_file', identity: agent };

function setOf(stops: readonly Stop[], nowMs = () => 0): StopSet {
  const set = new StopSet(nowMs);
  set.replace(stops);
  return set;
}

suite('StopSet.find()', () => {
  const finding: readonly (readonly [StopKind, string])[] = [
    ['all', ''],
    ['server', 'files'],
    ['tool', 'files/write_file'],
    ['agent', 'agent:mail'],
    ['agent', 'spiffe://example/mail'],
    ['agent', 'mailer'],
    ['principal', agent.principal],
    ['principal', 'user:alice'],
    ['txn', 'txn-1'],
    ['jti', 'token-1'],
  ];
  for (const [kind, name] of finding) {
    test(`finds a call by ${kind} ${name}`, () => {
      assert.equal(setOf([stopOf('a', { kind, name })]).find(call)?.id, 'a');
    });
  }

  test('finds nothing by another name, nor by the same name of another kind', () => {
    const named = finding.filter(([kind]) => kind !== 'all');
    const stops = named.flatMap(([kind, name]) => [
      stopOf('other', { kind, name: `${name}x` }),
      ...named.filter(([another]) => another !== kind).map(([another]) => stopOf('other', { kind: another, name })),
    ]);
    assert.equal(setOf(stops).find(call), undefined);
  });

  test('takes names for what they are, also those of object members', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '', ' ', '\u0000', '\u{202e}files']) {
      const set = setOf([stopOf('a', { kind: 'agent', name })]);
      assert.equal(set.find(call), undefined);
      assert.equal(set.find({ ...call, identity: { ...agent, actor: name } })?.id, 'a');
    }
  });

  test('finds no stop of a tool for what is no tool, and none of a caller where nobody is identified', () => {
    const set = setOf([
      stopOf('a', { kind: 'tool', name: 'files/undefined' }),
      stopOf('b', { kind: 'agent', name: 'undefined' }),
    ]);
    assert.equal(set.find({ server: 'files', identity: undefined }), undefined);
  });

  test('of two stops of the same thing goes by the one that ends last', () => {
    let nowMs = 0;
    const stops = [
      stopOf('soon', { kind: 'server', name: 'files', untilMs: 10 }),
      stopOf('later', { kind: 'server', name: 'files', untilMs: 20 }),
    ];
    for (const order of [stops, stops.toReversed()]) {
      const set = setOf(order, () => nowMs);
      nowMs = 15;
      assert.equal(set.find(call)?.id, 'later');
      nowMs = 20;
      assert.equal(set.find(call), undefined);
    }
  });
});

suite('StopSet.watch()', () => {
  test('tells once of a stop that begins to hold, and at once of one that does', () => {
    const set = setOf([]);
    const told: string[] = [];
    const tell = ({ id }: Stop): void => void told.push(id);
    set.watch(call, tell);
    set.replace([stopOf('other', { kind: 'server', name: 'elsewhere' })]);
    assert.deepEqual(told, []);
    set.replace([stopOf('a', { kind: 'tool', name: 'files/write_file' })]);
    set.replace([stopOf('b')]);
    assert.deepEqual(told, ['a']);
    set.watch(call, tell);
    assert.deepEqual(told, ['a', 'b']);
  });

  test('tells nobody who no longer watches', () => {
    const set = setOf([]);
    const unwatch = set.watch(call, () => assert.fail('told'));
    unwatch();
    set.replace([stopOf('a')]);
  });
});
