import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clip } from '../../audit/clip.ts';
import { catalogue } from '../catalogue.fixture.ts';
import { policiesOf } from '../policies.fixture.ts';
import type { RecordedCall } from './recorded-call.ts';
import { replayCall } from './replay-call.ts';

const SUBJECT = `${'a'.repeat(300)}-admin`;

function callOf(subject: string): RecordedCall {
  return {
    decisionId: 'd',
    server: 'files',
    method: 'tools/call',
    target: { kind: 'tool', name: 'read_file' },
    effects: ['read'],
    pin: undefined,
    housekeeping: false,
    args: { names: new Set(), values: new Map() },
    principal: new Map([
      ['id', 'p'],
      ['subject', subject],
    ]),
    tls: new Map(),
    hadToken: false,
    txn: undefined,
    atMs: 0,
    said: 'allow',
  };
}

suite('replayCall()', () => {
  const policies = policiesOf(`
    - { id: all, match: { server: files }, effect: allow }
    - { id: no-admin, match: { server: files }, when: 'has(principal.subject) && principal.subject.endsWith("-admin")', effect: deny }`);

  test('says what rules say of what is recorded', () => {
    assert.deepEqual(replayCall(callOf(SUBJECT), policies, catalogue), {
      kind: 'told',
      says: 'deny',
      rule: 'no-admin',
    });
  });

  test('cannot tell of what is recorded in part', () => {
    const call = callOf(clip(SUBJECT, 256));
    assert.deepEqual(replayCall(call, policies, catalogue), { kind: 'indeterminate', rules: [] });
    const target = { kind: 'resource', uri: clip('x'.repeat(2000), 1024) } as const;
    const resource = { ...callOf('a'), method: 'resources/read', target };
    assert.equal(replayCall(resource, policies, catalogue).kind, 'indeterminate');
  });
});
