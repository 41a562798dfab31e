import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type StatedCall, statePurpose } from './purpose.ts';

const call = {
  server: 'files',
  method: 'tools/call',
  target: { kind: 'tool', name: 'a' },
  argsDigest: () => '00',
} as const;

suite('statePurpose()', () => {
  test('is the same for a retry of the same call', () => {
    assert.equal(statePurpose({ ...call }), statePurpose({ ...call, target: { ...call.target } }));
  });

  const others: Record<string, Partial<StatedCall> & { readonly target?: object }> = {
    'server': { server: 'mail' },
    'method': { method: 'prompts/get' },
    'kind of target': { target: { kind: 'prompt', name: 'a' } as StatedCall['target'] },
    'name': { target: { kind: 'tool', name: 'b' } as StatedCall['target'] },
    'URI': { target: { kind: 'resource', uri: 'a' } as StatedCall['target'] },
    'name that holds a separator': { target: { kind: 'tool', name: 'a","00' } as StatedCall['target'] },
    'arguments': { argsDigest: () => '01' },
  };
  for (const [what, changed] of Object.entries(others)) {
    test(`differs by ${what}`, () => assert.notEqual(statePurpose({ ...call, ...changed }), statePurpose(call)));
  }
});
