import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Call, Target } from '../../call/call.ts';
import type { Treatment } from '../../call/treatment.ts';
import { type Capability, NO_NAMES, NOTHING } from '../../capability/capability.ts';
import { scopesGranting } from '../../capability/scope-grants.ts';
import { compileArguments } from '../../constraint/arguments.ts';
import { call } from '../../decision/facts.fixture.ts';
import type { Found } from '../../decision/verdict.ts';
import { fromPlain, isJsonObject, type JsonObject } from '../../kit/json.ts';
import type { AuthenticatedIdentity, CoveringGrant } from '../facts.ts';
import { type CapabilityOptions, checkGrant } from './check.ts';

function object(plain: unknown): JsonObject {
  const value = fromPlain(plain);
  assert.ok(isJsonObject(value));
  return value;
}

const readFile = {
  arguments: compileArguments(object({ path: { c: 'path_under', root: '/workspace' } }), 'deny'),
  schemaSha256: 'a'.repeat(64),
};
const capability: Capability = {
  tools: new Map([['read_file', readFile]]),
  prompts: { all: false, names: new Set(['review']) },
  resources: { all: true, names: new Set() },
};
const options: CapabilityOptions = { capabilityOf: () => 'token' };

function holder(of: Capability | undefined): AuthenticatedIdentity {
  return { kind: 'token', principal: 'p', claims: undefined, capability: of };
}

function callOf(treatment: Treatment, target: Target, args: unknown = {}): Call {
  return { ...call, treatment, target, args: object(args) };
}

function reasonOf(answer: Found<CoveringGrant>): string {
  return answer.kind === 'found' ? answer.value.kind : `${answer.kind} ${answer.reason}`;
}

suite('checkGrant(), for a subscription,', () => {
  const one: Capability = { ...NOTHING, resources: { all: false, names: new Set(['memo://a']) } };
  const subscribing = (...uris: readonly string[]): Call => ({
    ...callOf('stream', { kind: 'none' }),
    operation: 'subscriptions/listen',
    params: object({ notifications: { resourceSubscriptions: uris } }),
  });

  test('needs a grant of each resource', () => {
    assert.equal(reasonOf(checkGrant(subscribing('memo://a'), holder(one), options)), 'token');
    assert.equal(reasonOf(checkGrant(subscribing(), holder(one), options)), 'token');
    const answer = checkGrant(subscribing('memo://a', 'memo://b'), holder(one), options);
    assert.equal(reasonOf(answer), 'deny grant.not-covered');
    assert.equal(reasonOf(checkGrant(subscribing('memo://a'), holder(NOTHING), options)), 'deny grant.missing');
  });
});

suite('checkGrant()', () => {
  test('hands the tool’s grant on, with the definition it was given for', () => {
    const called = callOf('tool', { kind: 'tool', name: 'read_file' }, { path: '/workspace/a' });
    const answer = checkGrant(called, holder(capability), options);
    assert.deepEqual(answer, { kind: 'found', value: { kind: 'token', capability, tool: readFile } });
  });

  test('says which argument is not granted and what would be', () => {
    const called = callOf('tool', { kind: 'tool', name: 'read_file' }, { path: '/etc/passwd' });
    const answer = checkGrant(called, holder(capability), options);
    assert.ok(answer.kind === 'deny');
    assert.equal(answer.reason, 'grant.arguments');
    assert.equal(answer.detail.argument, '/path');
    assert.match(answer.detail.message ?? '', /^The argument \/path must /);
    assert.match(answer.detail.allowed ?? '', /\/workspace/);
  });

  for (const [what, treatment, target, reason] of [
    ['another tool', 'tool', { kind: 'tool', name: 'write_file' }, 'deny grant.not-covered'],
    ['a tool whose name differs by case', 'tool', { kind: 'tool', name: 'Read_File' }, 'deny grant.not-covered'],
    ['a granted prompt', 'prompt', { kind: 'prompt', name: 'review' }, 'token'],
    ['another prompt', 'prompt', { kind: 'prompt', name: 'other' }, 'deny grant.not-covered'],
    ['a resource under *', 'resource', { kind: 'resource', uri: 'file:///a' }, 'token'],
    ['completion for a granted prompt', 'completion', { kind: 'prompt', name: 'review' }, 'token'],
    ['completion for another prompt', 'completion', { kind: 'prompt', name: 'other' }, 'deny grant.not-covered'],
    ['completion for nothing', 'completion', { kind: 'none' }, 'deny grant.not-covered'],
    ['a tool call without a target', 'tool', { kind: 'none' }, 'deny grant.not-covered'],
  ] as const) {
    test(`answers ${reason} to ${what}`, () => {
      assert.equal(reasonOf(checkGrant(callOf(treatment, target), holder(capability), options)), reason);
    });
  }

  for (const treatment of ['list', 'task', 'session', 'notification', 'response', 'stream', 'extension'] as const) {
    test(`needs only a token for ${treatment}`, () => {
      const called = callOf(treatment, { kind: 'none' });
      assert.deepEqual(checkGrant(called, holder(NOTHING), options), {
        kind: 'found',
        value: { kind: 'token', capability: NOTHING },
      });
      assert.equal(reasonOf(checkGrant(called, holder(undefined), options)), 'deny grant.missing');
    });
  }

  test('says that a token grants nothing here', () => {
    const called = callOf('tool', { kind: 'tool', name: 'read_file' });
    assert.equal(reasonOf(checkGrant(called, holder(NOTHING), options)), 'deny grant.missing');
  });

  test('asks for no grant only where the server says so', () => {
    const called = callOf('tool', { kind: 'tool', name: 'anything' });
    assert.equal(reasonOf(checkGrant(called, holder(undefined), { capabilityOf: () => 'none' })), 'none');
    assert.equal(
      reasonOf(checkGrant(called, holder(undefined), { capabilityOf: () => undefined })),
      'deny grant.missing',
    );
  });

  test('names the scopes that would cover the call', () => {
    const grants = new Map([
      ['files:read', { resource: undefined, tools: ['read_file'], prompts: [], resources: [] }],
      ['files:write', { resource: undefined, tools: ['write_file'], prompts: [], resources: [] }],
    ]);
    const called = callOf('tool', { kind: 'tool', name: 'write_file' });
    const answer = checkGrant(called, holder({ ...capability, prompts: NO_NAMES }), {
      ...options,
      scopesFor: (_identity, covers) => scopesGranting(grants, 'https://tools.example', covers),
    });
    assert.ok(answer.kind === 'deny');
    assert.equal(answer.detail.allowed, 'a token with one of the scopes files:write');
  });
});
